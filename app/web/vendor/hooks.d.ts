/** The part of Preact's hooks that the pages use. */
import type { Context } from "./preact.js";

export type Update<S> = (value: S | ((before: S) => S)) => void;
type Inputs = readonly unknown[];
export function useState<S>(first: S | (() => S)): [S, Update<S>];
export function useRef<T>(first: T): { current: T };
export function useEffect(effect: () => void | (() => void), inputs?: Inputs): void;
export function useLayoutEffect(effect: () => void | (() => void), inputs?: Inputs): void;
export function useMemo<T>(make: () => T, inputs: Inputs): T;
export function useCallback<F extends Function>(call: F, inputs: Inputs): F;
export function useContext<T>(context: Context<T>): T;
export function useId(): string;

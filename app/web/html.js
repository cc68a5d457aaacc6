// @ts-check
/**
 * Templates and hooks for every page, from one place. Values land in the page as text or as properties, never as
 * markup.
 */
import { createContext, Fragment, h, render } from "./vendor/preact.js";
import htm from "./vendor/htm.js";

export const html = htm.bind(h);
export { createContext, Fragment, render };
export {
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "./vendor/hooks.js";

/** @typedef {import("./vendor/preact.js").Child} Child */
/** @typedef {import("./vendor/preact.js").VNode} VNode */

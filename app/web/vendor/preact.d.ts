/** The part of Preact 11 that the pages use. */
export interface VNode {
  type: unknown;
  props: Record<string, unknown>;
  key: unknown;
}
export type Child = VNode | string | number | boolean | null | undefined | Child[];
export function h(type: unknown, props: Record<string, unknown> | null, ...children: Child[]): VNode;
export function render(tree: Child, parent: Element): void;
export const Fragment: unique symbol;
export interface Context<T> {
  Provider: (props: { value: T; children?: Child }) => VNode;
  value: T;
}
export function createContext<T>(value: T): Context<T>;

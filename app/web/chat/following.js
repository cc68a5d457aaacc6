// @ts-check
/**
 * Keeps the newest words in view: follows them down until the last question stands at the top, so that an answer
 * longer than the screen is read from its beginning. A reader who scrolls up is left alone.
 */
import { useLayoutEffect, useRef, useState } from "../html.js";

const NEAR_PX = 48;
const ABOVE_PX = 16;

/** @param {boolean} idle nothing to follow */
export function useFollowing(idle) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const column = useRef(/** @type {HTMLElement | null} */ (null));
  const following = useRef(true);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);

  const look = () => {
    const area = box.current;
    if (!area) return;
    const near = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_PX;
    if (near) following.current = true;
    else if (area.scrollTop < lastTop.current - 1) following.current = false;
    lastTop.current = area.scrollTop;
    setAway(!near);
  };
  const follow = () => {
    const area = box.current;
    if (!area || !following.current) return;
    const last = [...area.querySelectorAll(".asked, .spoken")].at(-1);
    const end = area.scrollHeight - area.clientHeight;
    const start = last instanceof HTMLElement ? last.offsetTop - ABOVE_PX : end;
    const beyond = lastTop.current > start + 1;
    area.scrollTop = beyond ? end : Math.max(area.scrollTop, Math.min(end, start));
    look();
  };
  const toEnd = () => {
    following.current = true;
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
    look();
  };
  useLayoutEffect(() => {
    if (idle || !column.current || !box.current) return undefined;
    const sizes = new ResizeObserver(follow);
    sizes.observe(column.current);
    sizes.observe(box.current);
    return () => sizes.disconnect();
  }, [idle]);
  return { box, column, away, onScroll: look, toEnd };
}

// @ts-check
/** The original's page as a picture, beside what was read from it. */
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { useConsole } from "./context.js";
import { Trouble, useLoaded, Waiting } from "./loading.js";

/**
 * The picture needs the token, so it is fetched and shown from data, as the page's policy allows.
 *
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function dataOf(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** @param {{path: string, page: number, pages: number, turn: (page: number) => void, close: () => void}} props */
export function PageImage({ path, page, pages, turn, close }) {
  const { client, words } = useConsole();
  const said = words.document.content;
  const image = useLoaded(
    async (signal) => dataOf(await (await client.send(`${path}/pages/${page}?width=1200`, { signal })).blob()),
    [path, page],
  );
  const name = said.pageImage(page);
  return html`<aside class="page-image" aria-label=${name}>
    <header>
      <h3>${name}</h3>
      <button type="button" class="quiet icon-only" aria-label=${words.page(page - 1)} disabled=${page <= 1} onClick=${() => turn(page - 1)}>
        <${Icon} name="left" />
      </button>
      <button type="button" class="quiet icon-only" aria-label=${words.page(page + 1)} disabled=${page >= pages} onClick=${() => turn(page + 1)}>
        <${Icon} name="right" />
      </button>
      <button type="button" class="quiet icon-only" aria-label=${said.hidePage} onClick=${close}><${Icon} name="close" /></button>
    </header>
    <${Trouble} problem=${image.problem} retry=${image.reload} missing=${said.noPage} />
    ${image.busy && html`<${Waiting} />`}
    ${image.data && !image.problem && html`<img src=${image.data} alt=${name} />`}
  </aside>`;
}

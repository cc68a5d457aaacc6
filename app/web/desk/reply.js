// @ts-check
/**
 * The reply being written. The output rails look at it before it goes out and only ever warn: what they stumble over
 * comes back, and with the warning on the screen the next Enter sends. Unsent words stay with their ticket.
 */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { explain } from "../knowledge/loading.js";
import { Canned, useCanned } from "./canned.js";
import { useDesk } from "./context.js";
import { useWarnings, Warnings } from "./warnings.js";

const LIMIT = 4000;
const TALLEST_PX = 200;
const OFFERED = 24;
// What an input method reports for keys it swallows.
const SWALLOWED = 229;

/** As much of a text as fits on a line. @param {string} text */
function beginning(text) {
  const letters = [...text];
  return letters.length > OFFERED ? `${letters.slice(0, OFFERED).join("")}……` : text;
}

/**
 * @typedef {object} ReplyProps
 * @property {import("../api/desk.js").Ticket} ticket
 * @property {import("./talk.js").Talk} talk
 * @property {{current: import("./tickets.js").ReplyHandle | null}} handle
 * @property {{current: string}} taken
 * @property {() => void} sent
 */

/** @param {ReplyProps} props */
export function Reply({ ticket, talk, handle, taken, sent }) {
  const { words, client, desk, say } = useDesk();
  const said = words.reply;
  const outbox = desk.outbox(ticket.id);
  const [text, setText] = useState(outbox.unsent);
  const [drafting, setDrafting] = useState(false);
  const [warned, setWarned] = useState("");
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const suggested = ticket.summary?.suggested_reply?.text ?? "";
  const check = useWarnings(ticket.id, text);
  const canned = useCanned(text, ticket.question ?? "", (chosen) => outbox.write(chosen));
  const over = [...text].length - LIMIT;
  /** Behind what stands there now: a draft takes its time, and one goes on writing. @param {string} added */
  const insert = (added) => {
    const before = outbox.unsent.startsWith("/") ? "" : outbox.unsent.trimEnd();
    outbox.write(before ? `${before}\n${added}` : added);
    field.current?.focus();
  };
  const draft = async () => {
    if (drafting) return;
    setDrafting(true);
    try {
      const made = await client.json(`/v1/tickets/${encodeURIComponent(ticket.id)}/draft`, { method: "POST", body: {} });
      insert(made.text);
    } catch (problem) {
      say(/** @type {{code?: string}} */ (problem)?.code === "no_draft" ? said.noDraft : explain(problem, words));
    }
    setDrafting(false);
  };
  handle.current = {
    focus: () => field.current?.focus(),
    insert,
    canned: () => {
      field.current?.focus();
      if (!text) outbox.write("/");
    },
    draft: () => void draft(),
  };
  useEffect(() => {
    if (taken.current === ticket.id) field.current?.focus();
    taken.current = "";
    return () => {
      handle.current = null;
    };
  }, []);
  useLayoutEffect(() => {
    outbox.field = {
      show: setText,
      warn: (held, about, warnings) => {
        setWarned(outbox.unsent === held ? held : "");
        check.show(about, warnings);
      },
    };
    return () => {
      outbox.field = null;
    };
  }, []);
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, TALLEST_PX)}px`;
  }, [text]);

  const submit = () => {
    const whole = text.trim();
    if (!whole || over > 0 || canned.open) return;
    const looked = check.of === whole;
    if (looked && check.warnings.length && warned !== whole) {
      setWarned(whole);
      return;
    }
    // The field is free at once: what is written next must never go with what is on its way.
    talk.say(whole, looked || warned === whole ? null : check.look);
    outbox.write("");
    setWarned("");
    sent();
    field.current?.focus();
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.isComposing || event.keyCode === SWALLOWED) return;
    if (canned.onKey(event)) {
      event.preventDefault();
      return;
    }
    if (event.key === "ArrowRight" && !text && suggested) {
      event.preventDefault();
      insert(suggested);
    } else if (event.key === "Escape") field.current?.blur();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  };
  /** @param {InputEvent & {target: HTMLTextAreaElement}} event */
  const onInput = (event) => {
    outbox.write(event.target.value);
    if (event.target.value && !event.target.value.startsWith("/")) talk.typing();
  };
  const warnings = canned.open ? [] : check.warnings;
  const confirming = warnings.length > 0 && warned === text.trim();
  return html`<form
    class="reply"
    onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      submit();
    }}
  >
    ${canned.open && html`<${Canned} canned=${canned} />`}
    <${Warnings} warnings=${warnings} text=${check.of} confirming=${confirming} />
    <div class="reply-box">
      <textarea
        ref=${field}
        rows="2"
        aria-label=${said.label}
        aria-describedby="reply-note"
        aria-invalid=${over > 0}
        role=${canned.open ? "combobox" : undefined}
        aria-expanded=${canned.open ? true : undefined}
        aria-controls=${canned.open ? "canned" : undefined}
        aria-activedescendant=${canned.open && canned.found.length ? `canned-${canned.at}` : undefined}
        placeholder=${suggested ? said.offered(beginning(suggested)) : said.placeholder}
        value=${text}
        onInput=${onInput}
        onKeyDown=${onKey}
      ></textarea>
      <div class="reply-row">
        <button type="button" class="quiet small" aria-expanded=${canned.open} onClick=${() => handle.current?.canned()} title="/"><${Icon} name="speech" /><span>${said.cannedShort}</span></button>
        <button type="button" class="quiet small" disabled=${drafting} onClick=${draft} title="D"><${Icon} name="edit" /><span>${drafting ? said.drafting : said.draft}</span></button>
        <p class="reply-note" id="reply-note" role="status">${over > 0 ? said.tooLong(over) : confirming ? said.again : ""}</p>
        <button type="submit" class=${confirming ? "solid is-grave" : "solid"} disabled=${!text.trim() || over > 0 || canned.open}>
          ${confirming ? said.anyway : said.send}
        </button>
      </div>
    </div>
    <p class="reply-hint">${said.hint}</p>
  </form>`;
}

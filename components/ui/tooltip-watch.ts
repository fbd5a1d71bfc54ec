/** What is pointed at or has the keyboard's focus, with what there is to say about it. */
export interface Described {
  anchor: HTMLElement;
  text: string;
}

const DELAY_MS = 400;
/** How long a tooltip stays when the pointer left, which may be on its way to the tooltip itself. */
const GRACE_MS = 120;

/** A text for the eyes on hover and on keyboard focus: `data-tooltip` on any focusable element. */
const describedAt = (target: EventTarget | null): HTMLElement | null =>
  target instanceof Element ? target.closest<HTMLElement>("[data-tooltip]") : null;

/** One watch for every tooltip of the page. `show` is called with what to say, and `null` to be silent. */
export class TooltipWatch {
  #anchor: HTMLElement | null = null;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  readonly #changes: MutationObserver;
  readonly #over = new AbortController();

  constructor(
    private readonly show: (described: Described | null) => void,
    private readonly isTooltip: (target: EventTarget | null) => boolean,
  ) {
    // A row may go, and a button may come to mean something else.
    this.#changes = new MutationObserver(() => this.#tell());
    const options = { capture: true, passive: true, signal: this.#over.signal };
    const on = <Name extends keyof WindowEventMap>(name: Name, act: (event: WindowEventMap[Name]) => void) =>
      window.addEventListener(name, act, options);
    on("pointerover", ({ pointerType, target }) => pointerType !== "touch" && this.#point(target));
    on("focusin", ({ target }) => this.#focus(target));
    on("focusout", ({ target }) => describedAt(target) === this.#anchor && this.#set(null));
    on("pointerdown", ({ target }) => describedAt(target)?.ariaHasPopup && this.#set(null));
    on("keydown", (event) => this.#press(event));
  }

  stop(): void {
    this.#over.abort();
    this.#set(null);
  }

  #point(target: EventTarget | null): void {
    const anchor = describedAt(target);
    clearTimeout(this.#waiting);
    if (anchor === this.#anchor || this.isTooltip(target)) return;
    // Beside one that shows, the next one shows at once.
    const delay = anchor ? (this.#anchor ? 0 : DELAY_MS) : GRACE_MS;
    this.#waiting = setTimeout(() => this.#set(anchor), delay);
  }

  #focus(target: EventTarget | null): void {
    const anchor = describedAt(target);
    if (anchor?.matches(":focus-visible")) this.#set(anchor);
  }

  #press(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.#anchor) return;
    // The tooltip first; what it stands in with the next press.
    event.stopPropagation();
    this.#set(null);
  }

  #set(anchor: HTMLElement | null): void {
    clearTimeout(this.#waiting);
    if (anchor === this.#anchor) return;
    this.#anchor = anchor;
    this.#changes.disconnect();
    if (anchor) {
      this.#changes.observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-tooltip"] });
    }
    this.#tell();
  }

  #tell(): void {
    const text = this.#anchor?.dataset.tooltip;
    if (this.#anchor && !(this.#anchor.isConnected && text)) this.#set(null);
    else this.show(this.#anchor && text ? { anchor: this.#anchor, text } : null);
  }
}

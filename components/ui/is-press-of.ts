/** Whether a press that would close a popup happened on one of these; keys and the focus are no presses. */
export function isPressOf(event: Event, ...elements: (Element | null)[]): boolean {
  const { target } = event;
  if (event instanceof KeyboardEvent || event instanceof FocusEvent) return false;
  return elements.some((element) => target instanceof Node && element?.contains(target));
}

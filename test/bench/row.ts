// Decides what a line of the bench report is.

/** One measured number, as text with its unit; `bar` is what it is held against, empty when nothing. */
export type Row = { what: string; value: string; bar: string };

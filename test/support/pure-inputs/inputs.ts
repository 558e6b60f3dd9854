/** Functions by their names, each called with a text and any JSON value. */
export type Inputs = { readonly [name: string]: (text: string, value: unknown) => unknown }

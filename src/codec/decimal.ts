/**
 * A decimal numeral in a form that is the same for equal numbers: `120.50`, `1205e-1` and `1.205E2` are all `1205e-1`.
 * Exact for any number of digits, and without computing them. Undefined where the text is no JSON number (RFC 8259 §6), so
 * that none can be read as octal or in hexadecimal, or is longer than anybody's amounts.
 */
export function normalDecimal(text: string): string | undefined {
  if (text.length > LONGEST) return undefined
  const parts = NUMERAL.exec(text)
  if (parts === null) return undefined
  const [, sign, whole, fraction = '', power = '0'] = parts as unknown as [
    string,
    string,
    string,
    string | undefined,
    string | undefined,
  ]
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return '0'
  const plain = digits.replace(/0+$/, '')
  return `${sign}${plain}e${Number(power) - fraction.length + digits.length - plain.length}`
}

const NUMERAL = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?$/
const LONGEST = 128

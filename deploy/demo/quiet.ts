/** Imported for its effect, before oidc-provider. It warns that it keeps everything in memory and that this version
 *  of Node is newer than itself; both are meant so here, and would only be in the way of the table. */

const { warn, info } = console
console.warn = (...words: unknown[]) => isNotice(words) || warn(...words)
console.info = (...words: unknown[]) => isNotice(words) || info(...words)

function isNotice(words: readonly unknown[]): boolean {
  return String(words[0]).includes('oidc-provider ')
}

import { TOKEN } from '../codec/head.ts'
import { UsageProblem } from './command.ts'
import { readText } from './key-file.ts'

/** What commands that prove or sign one request are told of it. */
export const REQUEST_OPTIONS = {
  method: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
} as const

type Given = { readonly [Name in keyof typeof REQUEST_OPTIONS]?: string | undefined }

export function readMethod({ method }: Given): string {
  if (method === undefined) throw new UsageProblem('--method is missing: the method of the request.')
  if (!TOKEN.test(method)) throw new UsageProblem(`--method “${method}” is no HTTP method.`)
  return method
}

/** Absolute, as it was given. */
export function readUrl({ url }: Given): string {
  if (url === undefined) throw new UsageProblem('--url is missing: the public URL of the request.')
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new UsageProblem(`--url “${url}” must be absolute, as https://api.example/accounts is.`)
  }
  return url
}

export function readToken({ token, 'token-file': file }: Given): string | undefined {
  if (file !== undefined && token !== undefined)
    throw new UsageProblem('--token and --token-file cannot both be given.')
  const read = file === undefined ? token : readText('--token-file', file)
  // As a command leaves it that has failed.
  if (read === '') throw new UsageProblem('--token or --token-file is empty.')
  return read
}

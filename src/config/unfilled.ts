import type { Notice, Path } from './problem.ts'

/** Texts that other tools would fill from the environment. They are not quoted: one may be a secret. */
export function* unfilled(value: unknown, path: Path = []): Iterable<Notice> {
  if (typeof value === 'string') {
    if (REFERENCE.test(value)) yield { path, says: SAYS }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value))
      yield* unfilled(child, [...path, Array.isArray(value) ? Number(key) : key])
  }
}

const SAYS = `it is taken as it is written; \`\${NAME}\` stands for a variable of the environment`
/** `$NAME` of a shell, `$(NAME)` of Kubernetes, `%NAME%` of Windows. */
const REFERENCE = /^(?:\$[A-Z][A-Z0-9_]+|\$\([A-Z][A-Z0-9_]+\)|%[A-Z][A-Z0-9_]+%)$/

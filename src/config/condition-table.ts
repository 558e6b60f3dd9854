import { FUNCTIONS, LOOPS, MEMBERS, NOW } from './condition-members.ts'

/** The head and the rows of the table of what a condition is given. */
export function conditionTable(): string[][] {
  const rows = Object.entries(MEMBERS).flatMap(([variable, members]) =>
    Object.entries(members).map(([name, { type, meaning }]) => [
      `\`${variable}.${name}\``,
      `\`${type}\``,
      meaning,
    ]),
  )
  return [['Member', 'Type', 'Meaning'], ...rows, ['`now`', `\`${NOW.type}\``, NOW.meaning]]
}

export const CONDITIONS_BEFORE = `
## Conditions

\`condition\` is [CEL](https://cel.dev) over what was proved of the request, and over nothing else: no header field, no query, no body.

\`\`\`yaml
condition:
  - token.client_id != "pilot" || now.getHours() >= 6
  - has(sender.x5t) || !("payments" in token.scopes)
\`\`\`
`

export const CONDITIONS_AFTER = `
What is absent has no member: to ask for it fails, and a condition that fails refuses (\`CONDITION_FAILED\`), as one that is false does
(\`CONDITION_UNMET\`); \`has(token.subject)\` asks first. A condition is compiled and its types are checked with the file.

- **Functions**: ${spelt(FUNCTIONS)}.
- **Loops** over a list, none inside another: ${spelt(LOOPS)}.
- **Bounds**: 2000 characters and 200 nodes a condition; a token with a list or a mapping of more than 256 entries is refused.

[Record 15](../src/decisions/0015-conditions-in-cel.md) says why, and why there are no regular expressions.
`

function spelt(names: ReadonlySet<string>): string {
  return [...names].map((name) => `\`${name}\``).join(', ')
}

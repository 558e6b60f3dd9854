/** What went wrong, in words: whatever was thrown. */
export function reasonOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem)
}

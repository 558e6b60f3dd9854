/** What Node warns of in this process while that is done. */
export async function warningsOf(does: () => Promise<void>): Promise<readonly string[]> {
  const warnings: string[] = []
  const warned = ({ message }: Error) => void warnings.push(message)
  process.on('warning', warned)
  try {
    await does()
  } finally {
    process.off('warning', warned)
  }
  return warnings
}

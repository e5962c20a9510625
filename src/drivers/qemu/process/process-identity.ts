import { readFileSync } from 'node:fs'

/**
 * Tells when a process was started, in clock ticks since the host's boot; with its pid that names it for ever.
 *
 * Nothing when there is no such process, or when it has ended and nobody has taken note of that yet.
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in parentheses and may hold anything; what follows is numbers.
    const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    // The first thread of a process may be through while others still hold its files open.
    const isOver = state === 'X' || (state === 'Z' && Number(fields[16]) <= 1)
    return isOver ? undefined : fields[18]
  } catch {
    return undefined
  }
}

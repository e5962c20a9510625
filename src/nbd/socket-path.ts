/** Bytes in the address of a Unix socket, less the terminating zero. */
const longest = 107

/** Says that a path is too long for a Unix socket; Node would cut it off, and use another path. */
export function socketPathProblem(path: string): Error | undefined {
  if (new TextEncoder().encode(path).length <= longest) return undefined
  const message = `UNIX socket path '${path}' is too long`
  return Object.assign(new Error(message), { code: 'ENAMETOOLONG' })
}

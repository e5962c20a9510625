import { execFile } from 'node:child_process'

/** Tells whether a program can be run, by asking for its version. */
export function isInstalled(program: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], (error) => resolve(error === null))
  })
}

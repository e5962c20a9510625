import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ImageStore } from '../../src/block/index.ts'
import { Errno } from '../../src/errors/index.ts'
import { pattern } from './bytes.ts'
import { errnoOf } from './errno-of.ts'

describe('ImageStore', () => {
  it.each<[string, string | Errno]>([
    ['/', 'directory'],
    ['/dir', 'directory'],
    ['/dir/sub/', 'directory'],
    ['/dir/sub/x', 'file'],
    ['/dev/b', 'block'],
    ['/none', Errno.ENOENT],
    ['/dir/none/x', Errno.ENOENT],
    ['/dir/sub/x/', Errno.ENOTDIR],
    ['/dir/sub/x/y', Errno.ENOTDIR],
    ['/dir/sub/x/y/z', Errno.ENOTDIR],
    ['', Errno.ENOENT],
    [`/${'n'.repeat(256)}`, Errno.ENAMETOOLONG],
  ])('tells what is at %j', (path, expected) => {
    const store = new ImageStore()
    store.create('/dir/sub/x', { virtualSize: 512 })
    store.create('/dev/b', { kind: 'block', virtualSize: 512 })
    const found = store.stat(path)
    expect(found.isOk() ? found.value : found.error.errno).toBe(expected)
  })

  it('finds no image behind a slash', () => {
    const store = new ImageStore()
    store.load('/a', pattern(512, 1))
    expect([store.has('/a/'), store.has('/a/.'), store.has('/x/../a')]).toStrictEqual([
      false,
      false,
      true,
    ])
    expect(errnoOf(store.rename('/a', '/b/'))).toBe(Errno.ENOTDIR)
    expect(errnoOf(store.rename('/a', '/a/'))).toBe(Errno.ENOTDIR)
  })

  it('has a directory as long as something is in it', () => {
    const directories = ['/d', '/d/e', '/d/e/f']
    const there = (store: ImageStore): string[] =>
      directories.filter((path) => store.stat(path).isOk())
    const store = new ImageStore()
    store.load('/d/x', pattern(512, 1))
    store.load('/d/e/f/y', pattern(512, 1))
    expect(there(store)).toStrictEqual(directories)
    expect(errnoOf(store.rename('/d/x', '/d/e'))).toBe(Errno.EISDIR)
    store.rename('/d/e/f/y', '/d/x')
    expect(there(store)).toStrictEqual(['/d'])
    store.remove('/d/x')
    expect(there(store)).toStrictEqual([])
    expect(errnoOf(store.create('/d/e', { virtualSize: 512 }))).toBe('ok')
  })

  it('keeps images and directories apart, whatever comes and goes', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 })
      .map((names) => `/${names.join('/')}`)
    const step = fc.tuple(fc.constantFrom('create', 'remove', 'rename'), path, path)
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), path, (steps, asked) => {
        const store = new ImageStore()
        for (const [what, from, to] of steps) {
          if (what === 'create') store.create(from, { virtualSize: 512 })
          else if (what === 'remove') store.remove(from)
          else store.rename(from, to)
        }
        const paths = store.list()
        const isBelow = (inner: string, outer: string): boolean => inner.startsWith(`${outer}/`)
        expect(paths.some((outer) => paths.some((inner) => isBelow(inner, outer)))).toBe(false)
        const expected = store.has(asked)
          ? 'file'
          : paths.some((inner) => isBelow(inner, asked))
            ? 'directory'
            : undefined
        expect(store.stat(asked).unwrapOr(undefined)).toBe(expected)
      }),
    )
  })
})

/**
 * What bitmaps of one name in a disk's chain of images say together.
 *
 * A chain is given by its block nodes, the top image first. Guest writes reach the top only, so what changed since a
 * checkpoint is the union of its bitmaps from the top down to the image that was the top when it was made.
 *
 * @see libvirt 9.0.0, `src/qemu/qemu_block.c`
 * @module
 */
import type { BitmapAction, BitmapAddress, BitmapSurvey } from './port.ts'

/** Why bitmaps of a name cannot be relied on; `valid` when they can. */
export type ChainState = 'valid' | 'missing' | 'gap' | 'transient' | 'disabled' | 'inconsistent'

/**
 * Judges the bitmaps of a name: they must be in the top image, and without a gap in images below it, and each must be
 * stored, recording and consistent; libvirt's `qemuBlockBitmapChainIsValid`.
 *
 * @param mustPersist - Whether a bitmap that is not stored makes the chain `transient`
 */
export function inspectChain(
  images: readonly string[],
  name: string,
  survey: BitmapSurvey,
  mustPersist: boolean = true,
): ChainState {
  let ended = false
  for (const [depth, node] of images.entries()) {
    const bitmap = survey.find(node, name)
    if (bitmap === undefined) {
      if (depth === 0) return 'missing'
      ended = true
      continue
    }
    if (ended) return 'gap'
    if (bitmap.inconsistent === true) return 'inconsistent'
    if (mustPersist && !bitmap.persistent) return 'transient'
    if (!bitmap.recording) return 'disabled'
  }
  return images.length === 0 ? 'missing' : 'valid'
}

/** What {@link planMerge} puts together, and where. */
export interface MergeRequest {
  /** The images whose bitmaps count, the top first: the chain down to before the base. */
  readonly images: readonly string[]
  /** The whole chain, which decides about validity; absent: the same. */
  readonly chain?: readonly string[]
  /** The node that gets the result. */
  readonly target: string
  /** The bitmap; absent: all that the top image has. */
  readonly name?: string
  /**
   * The name of the result, which is a new bitmap that is neither stored nor recording. Absent: the result has the name of
   * its sources, and is added, stored and recording, only where the target lacks it.
   */
  readonly result?: string
  /** The node with the bitmap of the writes while a block job was being ended; it is merged as well, and removed. */
  readonly writesOn?: string
  readonly mustPersist?: boolean
}

/** The bitmap in which libvirt notes what is written while a block job is being ended. */
export const ACTIVE_WRITE_BITMAP = 'libvirt-tmp-activewrite'

/**
 * Says which actions put bitmaps of a chain together. A name whose bitmaps are not valid is left out silently; libvirt's
 * `qemuBlockGetBitmapMergeActions`.
 */
export function planMerge(request: MergeRequest, survey: BitmapSurvey): BitmapAction[] {
  const { images, chain = images, target, writesOn } = request
  const [top] = images
  if (top === undefined) return []
  const names = request.name === undefined ? survey.names(top) : [request.name]
  const actions: BitmapAction[] = []
  for (const name of names) {
    if (inspectChain(chain, name, survey, request.mustPersist) !== 'valid') continue
    const sources: BitmapAddress[] = images
      .filter((node) => survey.find(node, name) !== undefined)
      .map((node) => ({ node, name }))
    if (writesOn !== undefined) sources.push({ node: writesOn, name: ACTIVE_WRITE_BITMAP })
    const result = request.result ?? name
    if (request.result !== undefined || survey.find(target, name) === undefined) {
      actions.push(addLike(survey, { node: top, name }, { node: target, name: result }, request))
    }
    actions.push({ do: 'merge', node: target, name: result, sources })
  }
  if (writesOn !== undefined) {
    actions.push({ do: 'remove', node: writesOn, name: ACTIVE_WRITE_BITMAP })
  }
  return actions
}

function addLike(
  survey: BitmapSurvey,
  source: BitmapAddress,
  target: BitmapAddress,
  { result }: MergeRequest,
): BitmapAction {
  const granularity = survey.find(source.node, source.name)?.granularity
  const temporary = result !== undefined
  return {
    do: 'add',
    ...target,
    persistent: !temporary,
    disabled: temporary,
    ...(granularity !== undefined && { granularity }),
  }
}

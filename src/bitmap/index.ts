/** Dirty bitmaps: which bytes of a disk changed. @module */
export { DirtyBitmap } from './dirty-bitmap.ts'
export type { DirtyBitmapOptions, Extent, ExtentRange } from './dirty-bitmap.ts'
export { checkGranularity, defaultGranularity } from './granularity.ts'

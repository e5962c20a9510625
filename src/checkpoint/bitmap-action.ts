import type { BitmapAction, BitmapAddress } from './port.ts'

/** An action on a bitmap in the words of QEMU's `transaction`, which QMP and the in-memory block layer share. */
export type BitmapTransactionAction =
  | {
      readonly type: 'block-dirty-bitmap-add'
      readonly data: BitmapAddress & {
        readonly persistent: boolean
        readonly disabled: boolean
        /** Bytes. */
        readonly granularity?: number
      }
    }
  | { readonly type: 'block-dirty-bitmap-remove'; readonly data: BitmapAddress }
  | {
      readonly type: 'block-dirty-bitmap-merge'
      readonly data: {
        readonly node: string
        readonly target: string
        readonly bitmaps: readonly BitmapAddress[]
      }
    }

/** Puts an action on a bitmap in the words of `transaction`. */
export function toTransactionAction(action: BitmapAction): BitmapTransactionAction {
  const { node, name } = action
  switch (action.do) {
    case 'add': {
      const { persistent, disabled, granularity } = action
      return {
        type: 'block-dirty-bitmap-add',
        data: {
          node,
          name,
          persistent,
          disabled,
          ...(granularity !== undefined && { granularity }),
        },
      }
    }
    case 'remove':
      return { type: 'block-dirty-bitmap-remove', data: { node, name } }
    case 'merge':
      return {
        type: 'block-dirty-bitmap-merge',
        data: { node, target: name, bitmaps: action.sources },
      }
  }
}

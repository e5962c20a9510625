/* oxlint-disable vitest/expect-expect -- the compiler is what checks */
import { describe, expectTypeOf, it } from 'vitest'
import {
  blockDirtyBitmapAdd,
  blockdevAdd,
  type GuestAgentClient,
  type JobInfo,
  queryJobs,
  type QmpClient,
  type QmpExecutor,
  type QmpInteger,
  type QmpResultAsync,
  queryNamedBlockNodes,
  transaction,
} from '../../src/qmp/index.ts'
import type { QmpScript } from '../../src/testing/qmp-script.ts'

declare const client: QmpClient

describe('QmpExecutor', () => {
  it('is what clients, agents and scripts are', () => {
    expectTypeOf<QmpClient>().toExtend<QmpExecutor>()
    expectTypeOf<GuestAgentClient>().toExtend<QmpExecutor>()
    expectTypeOf<QmpScript>().toExtend<QmpExecutor>()
  })

  it('knows what each command answers', () => {
    expectTypeOf(client.execute(queryJobs, {})).toEqualTypeOf<QmpResultAsync<readonly JobInfo[]>>()
    expectTypeOf<JobInfo['total-progress']>().toEqualTypeOf<QmpInteger>()
  })

  it('refuses arguments that the command does not have', () => {
    // @ts-expect-error -- misspelt
    void client.execute(blockDirtyBitmapAdd, { node: 'n', name: 'b', persistant: true })
    // @ts-expect-error -- missing
    void client.execute(blockDirtyBitmapAdd, { node: 'n' })
    // @ts-expect-error -- of another type
    void client.execute(queryNamedBlockNodes, { flat: 'yes' })
    // @ts-expect-error -- takes none
    void client.execute(queryJobs, { id: 'j' })
    // @ts-expect-error -- absent and undefined differ on the wire
    void client.execute(queryNamedBlockNodes, { flat: undefined })
  })

  it('tells the members of block drivers and of actions apart', () => {
    // @ts-expect-error -- a raw node has no backing file
    void client.execute(blockdevAdd, { driver: 'raw', file: 'f', backing: null })
    void client.execute(transaction, {
      // @ts-expect-error -- an action without the bitmap's name
      actions: [{ type: 'block-dirty-bitmap-clear', data: { node: 'n' } }],
    })
  })

  it('knows the data of each event', () => {
    client.on('JOB_STATUS_CHANGE', ({ data }) => {
      expectTypeOf(data.id).toEqualTypeOf<string>()
    })
    // @ts-expect-error -- no such event
    client.on('JOB_STATUS_CHANGED', () => undefined)
  })
})

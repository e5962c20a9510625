import type { Result, ResultAsync } from 'neverthrow'
import { describe, expectTypeOf, it } from 'vitest'
import {
  type Connection,
  type ConnectionEvents,
  type Domain,
  DomainBackupBeginFlags,
  type DomainBlockJobInfo,
  type DomainCheckpoint,
  DomainCheckpointXMLFlags,
  type DomainState,
  type DomainJobParameters,
  open,
  unwrap,
  type VirError,
} from '../../src/index.ts'
import type * as index from '../../src/index.ts'

declare const connection: Connection
declare const domain: Domain
declare const checkpoint: DomainCheckpoint

describe('the public face', () => {
  it('opens connections and gives results', () => {
    expectTypeOf(open('test:///default')).toEqualTypeOf<ResultAsync<Connection, VirError>>()
    expectTypeOf(unwrap<Connection, VirError>).returns.toEqualTypeOf<Connection>()
    // @ts-expect-error -- a URI is text
    void open(5)
  })

  it('has the objects as types only, so that nobody makes one', () => {
    expectTypeOf<'Domain' extends keyof typeof index ? true : false>().toEqualTypeOf<false>()
    expectTypeOf<'Connection' extends keyof typeof index ? true : false>().toEqualTypeOf<false>()
  })

  it('shows nothing of what the objects hold', () => {
    expectTypeOf(domain).not.toHaveProperty('ref')
    expectTypeOf(connection).not.toHaveProperty('state')
  })
})

describe('a connection', () => {
  it('gives domains', () => {
    expectTypeOf(connection.domainLookupByName('vm')).toEqualTypeOf<ResultAsync<Domain, VirError>>()
    expectTypeOf(connection.listAllDomains()).toEqualTypeOf<
      ResultAsync<readonly Domain[], VirError>
    >()
  })

  it('is asked for members of drivers only', () => {
    expectTypeOf(connection.supports('domainBackupBegin')).toEqualTypeOf<boolean>()
    // @ts-expect-error -- there is no such member
    connection.supports('domainBackup')
    // @ts-expect-error -- the name is no member that can be called
    connection.supports('name')
  })

  it('types its events by their names', () => {
    connection.on('jobCompleted', (event) => {
      expectTypeOf(event.domain).toEqualTypeOf<Domain>()
      expectTypeOf(event.stats).toEqualTypeOf<DomainJobParameters>()
    })
    expectTypeOf(connection.on('closed', () => undefined)).toEqualTypeOf<Connection>()
    expectTypeOf(connection.subscribe('reboot', () => undefined)).toEqualTypeOf<Disposable>()
    // @ts-expect-error -- there is no event of this name
    connection.on('error', () => undefined)
    // @ts-expect-error -- the event has no such field
    connection.on('reboot', ({ stats }) => stats)
  })

  it('iterates over the events of a name', async () => {
    for await (const event of connection.events('lifecycle')) {
      expectTypeOf(event).toEqualTypeOf<ConnectionEvents['lifecycle']>()
      expectTypeOf(event.detail).toEqualTypeOf<number>()
    }
  })

  it('is disposed of', () => {
    expectTypeOf<Connection>().toExtend<AsyncDisposable>()
  })
})

describe('a domain', () => {
  it('answers at once what it is known by', () => {
    expectTypeOf(domain.getName()).toEqualTypeOf<string>()
    expectTypeOf(domain.getID()).toEqualTypeOf<number>()
    expectTypeOf(domain.getConnect()).toEqualTypeOf<Connection>()
  })

  it('gives ids of backups, and whether they are complete', () => {
    expectTypeOf(domain.backupBegin()).resolves.toEqualTypeOf<Result<number, VirError>>()
    expectTypeOf(domain.backupEnd()).resolves.toEqualTypeOf<Result<boolean, VirError>>()
    void domain.backupBegin(undefined, '<domaincheckpoint/>', DomainBackupBeginFlags.QUIESCE)
    // @ts-expect-error -- XML is text
    void domain.backupBegin({})
  })

  it('gives undefined where no block job runs', () => {
    expectTypeOf(domain.getBlockJobInfo('vda')).toEqualTypeOf<
      ResultAsync<DomainBlockJobInfo | undefined, VirError>
    >()
  })

  it('has states as literals', () => {
    expectTypeOf<typeof DomainState.RUNNING>().toEqualTypeOf<1>()
  })
})

describe('a checkpoint', () => {
  it('keeps its domain and takes its own flags', () => {
    expectTypeOf(checkpoint.getDomain()).toEqualTypeOf<Domain>()
    void checkpoint.getXMLDesc(DomainCheckpointXMLFlags.SIZE | DomainCheckpointXMLFlags.NO_DOMAIN)
    const flags: DomainBackupBeginFlags = DomainBackupBeginFlags.QUIESCE
    // @ts-expect-error -- flags of another function
    void checkpoint.getXMLDesc(flags)
  })
})

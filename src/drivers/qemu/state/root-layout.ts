import { join } from 'node:path'

/** Where everything is below the root of an embedded driver; libvirt's own layout. */
export interface RootLayout {
  readonly root: string
  /** Definitions: `NAME.xml`. */
  readonly definitions: string
  /** Links to the definitions that are started with the driver. */
  readonly autostart: string
  /** What must go when the host boots: status documents, pid files. */
  readonly run: string
  /** One folder a running domain, with its sockets and keys. */
  readonly lib: string
  /** One folder a domain, with a document a checkpoint. */
  readonly checkpoints: string
  /** One document a domain: its backup jobs, over restarts of it and of ours. */
  readonly backups: string
  /** What QEMU writes to its output. */
  readonly logs: string
  /** Settings, the first that exists. */
  readonly settings: readonly [string, string]
}

/** Gives the layout below a root. */
export function rootLayout(root: string): RootLayout {
  const lib = join(root, 'lib/qemu')
  return {
    root,
    definitions: join(root, 'etc/qemu'),
    autostart: join(root, 'etc/qemu/autostart'),
    run: join(root, 'run/qemu'),
    lib,
    checkpoints: join(lib, 'checkpoint'),
    backups: join(lib, 'backup'),
    logs: join(root, 'log/qemu'),
    settings: [join(root, 'qemu.conf'), join(root, 'etc/qemu.conf')],
  }
}

/** The folders that a driver makes before it does anything else. */
export function foldersOf(layout: RootLayout): readonly string[] {
  const { definitions, autostart, run, lib, checkpoints, backups, logs } = layout
  return [definitions, autostart, run, lib, checkpoints, backups, logs]
}

/** The paths of one domain; those of a run need its id. */
export interface DomainPaths {
  readonly definition: string
  readonly autostartLink: string
  readonly status: string
  readonly pidFile: string
  readonly log: string
  /** The folder of its checkpoints' documents. */
  readonly checkpoints: string
  /** The document of its backup jobs. */
  readonly backups: string
}

/** Gives the paths that belong to the name of a domain. */
export function domainPaths(layout: RootLayout, name: string): DomainPaths {
  return {
    definition: join(layout.definitions, `${name}.xml`),
    autostartLink: join(layout.autostart, `${name}.xml`),
    status: join(layout.run, `${name}.xml`),
    pidFile: join(layout.run, `${name}.pid`),
    log: join(layout.logs, `${name}.log`),
    checkpoints: join(layout.checkpoints, name),
    backups: join(layout.backups, `${name}.xml`),
  }
}

/** The paths of one run of a domain. */
export interface RunPaths {
  /** Mode 0700: what is inside can be reached by nobody else. */
  readonly folder: string
  readonly monitor: string
  readonly masterKey: string
  /** The folder for sockets of channels that name none. */
  readonly channels: string
}

/** The most characters of a name that become part of paths; libvirt's `virDomainDefGetShortName`. */
const shortNameLength = 20

/** Gives the paths of the run with an id. */
export function runPaths(layout: RootLayout, id: number, name: string): RunPaths {
  const short = `domain-${id}-${Array.from(name).slice(0, shortNameLength).join('')}`
  const folder = join(layout.lib, short)
  return {
    folder,
    monitor: join(folder, 'monitor.sock'),
    masterKey: join(folder, 'master-key.aes'),
    channels: join(layout.lib, 'channel/target', short),
  }
}

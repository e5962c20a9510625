import { ok, okAsync, safeTry } from 'neverthrow'
import type { VirResultAsync } from '../../errors/index.ts'
import type { DomainDef, DomainGraphicsDef, XmlRestChild } from '../../xml/index.ts'
import { keptChild } from './defaults/rest.ts'
import type { QemuHost } from './host-state.ts'
import { findFreePort } from './process/free-port.ts'
import { element } from './state/status-element.ts'

/** Gives graphics an address to listen at and a port, where the definition leaves them open. */
export function withGraphicsPorts(host: QemuHost, def: DomainDef): VirResultAsync<DomainDef> {
  const [graphics, ...others] = def.devices.graphics
  if (graphics === undefined) return okAsync(def)
  return withPort(host, graphics).map((complete) => ({
    ...def,
    devices: { ...def.devices, graphics: [complete, ...others] },
  }))
}

function withPort(host: QemuHost, graphics: DomainGraphicsDef): VirResultAsync<DomainGraphicsDef> {
  return safeTry(async function* () {
    const { settings } = host
    const given = keptChild(graphics, 'listen')?.attributes.get('address') ?? graphics.listen
    const listen = given ?? (yield* settings.text('vnc_listen')) ?? '127.0.0.1'
    const first = (yield* settings.count('remote_display_port_min')) ?? 5900
    const last = (yield* settings.count('remote_display_port_max')) ?? 65_535
    const isChosen = graphics.port !== undefined && graphics.port !== -1
    const port = isChosen
      ? graphics.port
      : yield* findFreePort(listen, { what: 'VNC', first, last })
    const password = graphics.password ?? (yield* settings.text('vnc_password'))
    return ok({
      ...graphics,
      port,
      autoport: !isChosen,
      listen,
      ...(password !== undefined && password !== '' && { password }),
      rest: { ...graphics.rest, children: withListen(graphics, listen) },
    })
  })
}

function withListen({ rest }: DomainGraphicsDef, address: string): readonly XmlRestChild[] {
  const others = (rest?.children ?? []).filter(({ node }) => node.name !== 'listen')
  const node = element('listen', { type: 'address', address })
  return [{ node, after: 'listen', count: 0 }, ...others]
}

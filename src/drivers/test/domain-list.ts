import { ok } from 'neverthrow'
import * as shared from '../../driver/index.ts'
import type { AddedDomain, DefinitionSources } from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** Reads a definition and fills in what a driver fills in. */
export function readDefinition(world: World, xml: string, validate: boolean): VirResult<DomainDef> {
  return shared.readDefinition(xml, validate, sourcesOf(world))
}

/** Checks what only the driver that a hypervisor stands for asks of a definition. */
export function checkDefinition({ semantics }: World, def: DomainDef): VirResult<void> {
  return semantics.name === 'qemu' ? shared.checkQemuDefinition(def) : ok(undefined)
}

/** Fills in what a definition leaves open. */
export function complete(world: World, def: DomainDef): VirResult<DomainDef> {
  return shared.completeDefinition(def, sourcesOf(world))
}

function sourcesOf({ newUuid, semantics }: World): DefinitionSources {
  return { newUuid, arch: semantics.arch, interfacePrefix: semantics.interfacePrefix }
}

/** Finds the domain that a definition is of, or adds one. */
export function addDomain(
  world: World,
  def: DomainDef,
  options: { readonly refuseActive: boolean },
): VirResult<AddedDomain<TestDomain>> {
  return shared.addDomain(world.domains, def, {
    ...options,
    newUuid: world.newUuid,
    create: (own, uuid) => new TestDomain(own, uuid, world),
  })
}

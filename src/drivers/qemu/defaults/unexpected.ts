import type { VirError } from '../../../errors/index.ts'
import type { WithXmlRest, XmlElement, XmlRest } from '../../../xml/index.ts'
import { configUnsupported } from './config-unsupported.ts'

/** Names beyond a definition's members that this driver understands. */
export interface Allowed {
  readonly attributes?: readonly string[]
  readonly children?: readonly string[]
}

/** Refuses what a definition keeps beyond its members and the names given. @param what - The element, for the message */
export function refuseRest(
  def: WithXmlRest | undefined,
  what: string,
  { attributes = [], children = [] }: Allowed = {},
): VirError | undefined {
  const { rest } = def ?? {}
  if (rest === undefined) return undefined
  const attribute = rest.attributes?.find(({ name }) => !attributes.includes(name))
  if (attribute !== undefined) return refuseAttribute(what, attribute.name)
  const child = rest.children?.find(({ node }) => !children.includes(node.name))
  if (child !== undefined) return refuseChild(what, child.node.name)
  return refuseInner(rest, what, children)
}

function refuseInner(
  rest: XmlRest,
  what: string,
  children: readonly string[],
): VirError | undefined {
  for (const [name, inner] of rest.inner ?? []) {
    if (children.includes(name)) continue
    const refused = refuseRest({ rest: inner }, `${what}/${name}`)
    if (refused !== undefined) return refused
  }
  return undefined
}

/** Refuses what an element holds beyond the names given. */
export function refuseContent(
  element: XmlElement | undefined,
  what: string,
  { attributes = [], children = [] }: Allowed,
): VirError | undefined {
  if (element === undefined) return undefined
  const attribute = [...element.attributes.keys()].find((name) => !attributes.includes(name))
  if (attribute !== undefined) return refuseAttribute(what, attribute)
  for (const child of element.children) {
    if (typeof child === 'string' || 'markup' in child) continue
    if (!children.includes(child.name)) return refuseChild(what, child.name)
  }
  return undefined
}

function refuseAttribute(what: string, name: string): VirError {
  return configUnsupported(`attribute '${name}' of ${what} is not supported by this driver`)
}

function refuseChild(what: string, name: string): VirError {
  return configUnsupported(`element '${name}' of ${what} is not supported by this driver`)
}

/** Refuses a member that has a value. */
export function refuseMember(value: unknown, what: string): VirError | undefined {
  return value === undefined
    ? undefined
    : configUnsupported(`${what} is not supported by this driver`)
}

/** Gives the first error; checks stop there. */
export function firstError(checks: readonly (() => VirError | undefined)[]): VirError | undefined {
  for (const check of checks) {
    const error = check()
    if (error !== undefined) return error
  }
  return undefined
}

import type { ResultAsync } from 'neverthrow'
import { err, errAsync, ok, okAsync, safeTry } from 'neverthrow'
import {
  badArgument,
  ErrorDomain,
  ErrorNumber,
  requiredText,
  virError,
} from '../../errors/index.ts'
import type { VirError, VirResult, VirResultAsync } from '../../errors/index.ts'
import { childElements, isElement, localName, parseXml, textContent } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { parseUnsignedUpTo } from '../integer.ts'
import { readDomain } from './domain.ts'
import { readNodeInfo } from './node-cpu.ts'
import type { NodeDef, NodeDomainDef, NodePoolDef, NodeUser } from './node-def.ts'

/** Gives the text of a file. */
export type ReadTextFile = (path: string) => ResultAsync<string, unknown>

/**
 * Reads a `<node>` document and the files that it names; libvirt's `testOpenFromFile`.
 *
 * An element with a `file` attribute is replaced by the root of that file, with all that it held. Relative names count from
 * the document's folder.
 *
 * @param path - Absolute path of the document
 * @errors `XML_ERROR` for a file that cannot be read, for another root element and for bad values; `XML_DETAIL` for malformed
 * text; those of the domains in it
 */
export function readNode(path: string, readFile: ReadTextFile): VirResultAsync<NodeDef> {
  const error = checkOrigin('readNode', path, readFile)
  if (error !== undefined) return errAsync(error)
  return loadRoot(path, 'node', readFile).andThen((root) => readNodeElement(root, path, readFile))
}

/** Reads the text of a `<node>` document, as {@link readNode} does. @param path - Where it is from */
export function parseNode(
  text: string,
  path: string,
  readFile: ReadTextFile,
): VirResultAsync<NodeDef> {
  const error = checkOrigin('parseNode', path, readFile)
  if (error !== undefined) return errAsync(error)
  return parseRoot(text, path, 'node').asyncAndThen((root) => readNodeElement(root, path, readFile))
}

function checkOrigin(name: string, path: unknown, readFile: unknown): VirError | undefined {
  const fn = { name, errorDomain: ErrorDomain.TEST }
  const error = requiredText(fn, 'path', path)
  if (error !== undefined || typeof readFile === 'function') return error
  return badArgument(fn, 'readFile', `readFile in ${name} must be a function`)
}

function readNodeElement(
  root: XmlElement,
  path: string,
  readFile: ReadTextFile,
): VirResultAsync<NodeDef> {
  const load: Load = (element) => loadElement(element, path, readFile)
  // In libvirt's order, because the first thing that is wrong is what is reported.
  return safeTry(async function* () {
    const info = yield* readNodeInfo(root)
    const domains = yield* eachChild(root, 'domain', (child) => readNodeDomain(child, load))
    const networks = yield* eachChild(root, 'network', load)
    const interfaces = yield* eachChild(root, 'interface', load)
    const pools = yield* eachChild(root, 'pool', (child) => readPool(child, load))
    const devices = yield* eachChild(root, 'device', load)
    const users = yield* readUsers(root)
    return ok({ ...info, domains, networks, interfaces, pools, devices, users })
  })
}

/** Gives an element, or the root of the file that it names. */
type Load = (element: XmlElement) => VirResultAsync<XmlElement>

function loadElement(
  element: XmlElement,
  documentPath: string,
  readFile: ReadTextFile,
): VirResultAsync<XmlElement> {
  const name = element.attributes.get('file')
  if (name === undefined) return okAsync(element)
  const folder = documentPath.slice(0, documentPath.lastIndexOf('/') + 1)
  const path = name.startsWith('/') ? name : `${folder}${name}`
  return loadRoot(path, localName(element), readFile)
}

function loadRoot(path: string, root: string, readFile: ReadTextFile): VirResultAsync<XmlElement> {
  return readFile(path)
    .mapErr((cause) => unreadable(path, cause))
    .andThen((text) => parseRoot(text, path, root))
}

function unreadable(path: string, cause: unknown): VirError {
  const detail = `failed to parse xml document '${path}'`
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.TEST, detail, { cause })
}

function parseRoot(text: string, path: string, root: string): VirResult<XmlElement> {
  // libxml2 makes one slash of many in front.
  const label = path.replace(/^\/+/, '/')
  return parseXml(text, {
    label,
    ofFile: true,
    domain: ErrorDomain.TEST,
    root,
    verbatim: ['metadata'],
  })
}

/** Reads the children of a name one after the other, and stops at the first error. */
function eachChild<T>(
  parent: XmlElement,
  name: string,
  read: (child: XmlElement) => VirResultAsync<T>,
): VirResultAsync<T[]> {
  return safeTry(async function* () {
    const list: T[] = []
    for (const child of childElements(parent, name)) list.push(yield* read(child))
    return ok(list)
  })
}

const testNamespace = 'http://libvirt.org/schemas/domain/test/1.0'

function readNodeDomain(child: XmlElement, load: Load): VirResultAsync<NodeDomainDef> {
  return safeTry(async function* () {
    const element = yield* load(child)
    const own = element.children
      .filter(isElement)
      .filter(({ namespace }) => namespace === testNamespace)
    const definition = yield* readDomain(withoutTestElements(element), { inactive: true })
    const status = yield* readStatus(own)
    const snapshots: XmlElement[] = []
    for (const snapshot of own.filter((part) => localName(part) === 'domainsnapshot')) {
      snapshots.push(yield* load(snapshot))
    }
    return ok({ definition, ...status, snapshots })
  })
}

function withoutTestElements(element: XmlElement): XmlElement {
  return {
    ...element,
    namespaces: new Map([...element.namespaces].filter(([, name]) => name !== testNamespace)),
    children: element.children.filter(
      (node) => typeof node === 'string' || !isElement(node) || node.namespace !== testNamespace,
    ),
  }
}

const defaultState = 1
const shutoff = 5
const states = 8

function readStatus(
  own: readonly XmlElement[],
): VirResult<Pick<NodeDomainDef, 'state' | 'transient' | 'hasManagedSave'>> {
  const transient = own.some((part) => localName(part) === 'transient')
  const hasManagedSave = own.some((part) => localName(part) === 'hasmanagedsave')
  const stateElement = own.find((part) => localName(part) === 'runstate')
  const text = stateElement && textContent(stateElement)
  const state =
    text === undefined || text === '' ? defaultState : parseUnsignedUpTo(text, 0xffff_ffff)
  if (state === undefined) return err(testError('invalid runstate'))
  if (state >= states) return err(testError(`runstate '${state}' out of range'`))
  if (transient && state === shutoff) {
    return err(testError("transient domain cannot have runstate 'shutoff'"))
  }
  if (hasManagedSave && state !== shutoff) {
    return err(testError("domain with managedsave data can only have runstate 'shutoff'"))
  }
  return ok({ state, transient, hasManagedSave })
}

function readPool(child: XmlElement, load: Load): VirResultAsync<NodePoolDef> {
  return load(child).andThen((pool) =>
    eachChild(pool, 'volume', load).map((volumes) => ({
      definition: {
        ...pool,
        children: pool.children.filter(
          (node) => typeof node === 'string' || !isElement(node) || node.name !== 'volume',
        ),
      },
      volumes,
    })),
  )
}

function readUsers(root: XmlElement): VirResultAsync<NodeUser[]> {
  const users: NodeUser[] = []
  for (const auth of childElements(root, 'auth')) {
    for (const user of childElements(auth, 'user')) {
      const name = textContent(user)
      const password = user.attributes.get('password')
      if (name === '') return errAsync(testError('missing username in /node/auth/user field'))
      users.push({ name, ...(password !== undefined && { password }) })
    }
  }
  return okAsync(users)
}

function testError(detail: string): VirError {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.TEST, detail)
}

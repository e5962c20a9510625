/** Reading attributes as libvirt's `virXMLProp…` functions do, and their errors, which are of the domain XML. @module */
import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import type { VirError, VirResult } from '../errors/index.ts'
import type { XmlElement } from './element.ts'

/** Reads `yes` or `no`; gives nothing for an absent attribute. */
export function readYesNo(element: XmlElement, attribute: string): VirResult<boolean | undefined> {
  const text = element.attributes.get(attribute)
  if (text === undefined) return ok(undefined)
  if (text === 'yes' || text === 'no') return ok(text === 'yes')
  return err(invalidAttribute(element, attribute, text))
}

/** Raises XML_ERROR for an attribute with a value that it cannot have. @param hint - A sentence that says what it can have */
export function invalidAttribute(
  { name }: XmlElement,
  attribute: string,
  text: string,
  hint?: string,
): VirError {
  const detail = `Invalid value for attribute '${attribute}' in element '${name}': '${text}'.`
  return xmlError(hint === undefined ? detail : `${detail} ${hint}`)
}

/** Raises XML_ERROR for an attribute that must be there. */
export function missingAttribute({ name }: XmlElement, attribute: string): VirError {
  return xmlError(`Missing required attribute '${attribute}' in element '${name}'`)
}

function xmlError(detail: string): VirError {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.XML, detail)
}

/** Labels of security drivers, of a whole domain and of single sources. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { Draft, ElementCodec, ReadContext } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { oneOf, text, yesNo } from '../values.ts'
import { unsupported, xmlError } from './domain-error.ts'
import type { SecurityLabel } from './storage-source-def.ts'

const label = fieldsOf<SecurityLabel>()

/** A `<seclabel>` of a source; it overrides the domain's. */
export const deviceLabel: ElementCodec<SecurityLabel> = element(
  [
    label.attribute('model', 'model', text),
    label.attribute('labelSkip', 'labelskip', yesNo, {
      live: true,
      when: ({ labelSkip }) => labelSkip === true,
    }),
    label.attribute('relabel', 'relabel', yesNo, {
      fallback: true,
      when: ({ labelSkip }) => labelSkip !== true,
    }),
    label.text('label', 'label', text),
  ],
  {
    check: (draft) =>
      draft.label !== undefined && draft.relabel === false
        ? xmlError(
            `Cannot specify a label if relabelling is turned off. model=${draft.model ?? '<null>'}`,
          )
        : undefined,
  },
)

/** A `<seclabel>` of a domain. */
export const domainLabel: ElementCodec<SecurityLabel> = element(
  [
    label.attribute('type', 'type', oneOf(['none', 'dynamic', 'static']), { fallback: 'dynamic' }),
    label.attribute('model', 'model', text),
    label.attribute('relabel', 'relabel', yesNo, { when: ({ type }) => type !== 'none' }),
    label.text('label', 'label', text),
    label.text('imageLabel', 'imagelabel', text),
    label.text('baseLabel', 'baselabel', text),
  ],
  { check: checkDomainLabel },
)

function checkDomainLabel(
  draft: Draft<SecurityLabel>,
  _source: unknown,
  context: ReadContext,
): VirError | undefined {
  draft.relabel ??= draft.type === 'dynamic'
  if (draft.type === 'dynamic' && !draft.relabel) {
    return unsupported('dynamic label type must use resource relabeling')
  }
  if (draft.type === 'none' && draft.relabel) {
    return unsupported("resource relabeling is not compatible with 'none' label type")
  }
  if (draft.model === 'none') return checkNoModel(draft, context)
  const live = !context.inactive && draft.type !== 'none'
  if (draft.type !== 'static' && !live) delete draft.label
  else if (draft.label === undefined) return xmlError('security label is missing')
  if (!live || !draft.relabel) delete draft.imageLabel
  else if (draft.imageLabel === undefined) return xmlError('security imagelabel is missing')
  if (draft.type !== 'dynamic') delete draft.baseLabel
  return undefined
}

function checkNoModel(draft: Draft<SecurityLabel>, context: ReadContext): VirError | undefined {
  if (context.inactive) {
    draft.type = 'none'
    draft.relabel = false
  } else if (draft.type !== 'none') {
    return unsupported(`unsupported type='${draft.type ?? 'dynamic'}' to model 'none'`)
  }
  return undefined
}

/** Checks that no two labels of one place are for the same model. */
export function checkLabelModels(
  labels: readonly SecurityLabel[],
  ofDomain: boolean,
): VirError | undefined {
  const seen = new Set<string | undefined>()
  for (const { model } of labels) {
    if ((ofDomain || model !== undefined) && seen.has(model)) {
      return virError(
        ErrorNumber.XML_DETAIL,
        ErrorDomain.DOMAIN,
        `seclabel for model ${model ?? '(null)'} is already provided`,
      )
    }
    seen.add(model)
  }
  return ofDomain && labels.length > 1 && seen.has(undefined)
    ? xmlError('missing security model when using multiple labels')
    : undefined
}

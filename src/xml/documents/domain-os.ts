/** `<os>`: what a guest boots. @module */
import { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec, Field } from '../codec.ts'
import { childElement, childElements } from '../element.ts'
import { fieldsOf } from '../fields.ts'
import { absolutePath, oneOf, text, unsigned, yesNo } from '../values.ts'
import type { Value } from '../values.ts'
import type {
  DomainBootMenu,
  DomainDef,
  DomainLoader,
  DomainNvram,
  DomainOs,
} from './domain-def.ts'
import { unsupported, xmlError } from './domain-error.ts'

const loader = fieldsOf<DomainLoader>()
const loaderFields = {
  readonly: loader.attribute('readonly', 'readonly', yesNo),
  secure: loader.attribute('secure', 'secure', yesNo),
  type: loader.attribute('type', 'type', oneOf(['rom', 'pflash'])),
  stateless: loader.attribute('stateless', 'stateless', yesNo),
  path: loader.content('path', absolutePath),
}
const loaderCodec: ElementCodec<DomainLoader> = element(Object.values(loaderFields), {
  reading: [
    loaderFields.readonly,
    loaderFields.type,
    loaderFields.path,
    loaderFields.secure,
    loaderFields.stateless,
  ],
})

const nvram = fieldsOf<DomainNvram>()
const nvramCodec: ElementCodec<DomainNvram> = element([
  nvram.attribute('template', 'template', text),
  nvram.keepAttributes('type'),
  nvram.when((value) => !('rest' in value), [nvram.content('path', text)]),
  nvram.keep('source'),
])

const menu = fieldsOf<DomainBootMenu>()
const menuCodec: ElementCodec<DomainBootMenu> = element([
  menu.attribute('enable', 'enable', yesNo),
  menu.when(({ enable }) => enable === true, [menu.attribute('timeout', 'timeout', unsigned())]),
])

const bootDevices = ['fd', 'cdrom', 'hd', 'network'] as const
const bootDevice = oneOf(bootDevices)

const os = fieldsOf<DomainOs>()
const boot: Field<DomainOs> = {
  attributes: [],
  children: ['boot'],
  many: ['boot'],
  read(source, draft) {
    const found: DomainOs['boot'][number][] = []
    for (const child of childElements(source, 'boot').slice(0, bootDevices.length)) {
      const raw = child.attributes.get('dev')
      const place = { element: 'boot', attribute: 'dev' }
      const dev = raw === undefined ? undefined : bootDevice.read(raw, place)
      if (dev instanceof VirError) return dev
      if (dev === undefined) return missingDev.read(child, {}, { inactive: false })
      found.push(dev)
    }
    draft.boot = found
    return undefined
  },
  write(out, value, context) {
    for (const dev of value.boot) bootField.write(out, { dev }, context)
  },
}
const bootEntry = fieldsOf<{ readonly dev: DomainOs['boot'][number] }>()
const bootField = bootEntry.childAttribute('dev', ['boot', 'dev'], bootDevice)
const missingDev = bootEntry.attribute('dev', 'dev', bootDevice, { required: true })

const architectures: ReadonlySet<string> = new Set(
  (
    'alpha armv6l armv7l armv7b aarch64 cris i686 ia64 lm32 m68k microblaze microblazeel mips mipsel mips64 ' +
    'mips64el openrisc parisc parisc64 ppc ppcle ppc64 ppc64le ppcemb riscv32 riscv64 s390 s390x sh4 sh4eb ' +
    'sparc sparc64 unicore32 x86_64 xtensa xtensaeb'
  ).split(' '),
)

const architecture: Value<string> = {
  ...text,
  read: (raw) => {
    if (raw === '' || raw === 'none') return undefined
    return architectures.has(raw) ? raw : unsupported(`Unknown architecture ${raw}`)
  },
}

const osTypes = ['hvm', 'xen', 'linux', 'exe', 'uml', 'xenpvh'] as const

const typeField: Field<DomainOs> = {
  ...os.text(
    'type',
    'type',
    oneOf(osTypes, { error: (raw) => unsupported(`unknown OS type '${raw}'`) }),
    {
      required: () => xmlError('an os <type> must be specified'),
    },
  ),
}

const wholeType = typeElement()

/** The operating system; `type`, architecture and machine stand in one element. */
export const osCodec: ElementCodec<DomainOs> = element<DomainOs>([
  os.attribute(
    'firmware',
    'firmware',
    oneOf(['bios', 'efi'], { error: (raw) => xmlError(`unknown firmware value ${raw}`) }),
  ),
  wholeType,
  os.keep('firmware'),
  os.text('init', 'init', text),
  os.keep('initarg', 'initenv', 'initdir', 'inituser', 'initgroup'),
  os.child('loader', 'loader', loaderCodec, { omitEmpty: true }),
  os.child('nvram', 'nvram', nvramCodec, { omitEmpty: true }),
  os.text('kernel', 'kernel', absolutePath),
  os.text('initrd', 'initrd', absolutePath),
  os.text('cmdline', 'cmdline', text),
  os.text('dtb', 'dtb', absolutePath),
  os.keep('root', 'acpi'),
  boot,
  os.child('bootmenu', 'bootmenu', menuCodec, { omitEmpty: true }),
  os.keep('bios', 'smbios'),
])

function typeElement(): Field<DomainOs> {
  const inside = fieldsOf<DomainOs>()
  const arch = inside.attribute('arch', 'arch', architecture)
  const machine = inside.attribute('machine', 'machine', text)
  return {
    ...typeField,
    inner: new Map([
      [
        'type',
        {
          attributes: new Map([
            ['arch', 'member' as const],
            ['machine', 'member' as const],
          ]),
          children: new Map(),
          inner: new Map(),
        },
      ],
    ]),
    read(source, draft, context) {
      const child = childElement(source, 'type')
      if (child !== undefined) {
        const error = arch.read(child, draft, context) ?? machine.read(child, draft, context)
        if (error !== undefined) return error
      }
      return typeField.read(source, draft, context)
    },
    write(out, value, context) {
      const start = out.children.length
      typeField.write(out, value, context)
      const written = out.children[start]
      if (typeof written !== 'object' || !('attributes' in written)) return
      const attributes = new Map<string, string>()
      if (value.arch !== undefined) attributes.set('arch', value.arch)
      if (value.machine !== undefined) attributes.set('machine', value.machine)
      out.children[start] = { ...written, attributes }
    },
  }
}

/** Refuses a domain without an operating system, which the schema has for some hypervisors. */
const osCheck: Field<DomainDef> = {
  semantic: true,
  attributes: [],
  children: [],
  read: (source) =>
    childElement(source, 'os') === undefined
      ? xmlError('an os <type> must be specified')
      : undefined,
  write: () => undefined,
}

/** Refuses a domain without a known type of operating system before the rest is read, as libvirt does. */
const osTypeCheck: Field<DomainDef> = {
  attributes: [],
  children: [],
  read(source, _draft, context) {
    const child = childElement(source, 'os')
    return child && (typeField.read(child, {}, context) ?? wholeType.read(child, {}, context))
  },
  write: () => undefined,
}

/** What is looked at before the rest of a domain is read. */
export const osChecks: readonly Field<DomainDef>[] = [osCheck, osTypeCheck]

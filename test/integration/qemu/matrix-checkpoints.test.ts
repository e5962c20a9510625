import { afterAll, describe } from 'vitest'
import { describeMatrix } from '../../drivers/matrix/describe-matrix.ts'
import { onQemu } from '../../drivers/matrix/on-qemu.ts'
import { checkpoints } from '../../drivers/matrix/scenarios.ts'
import { isMissing, note } from './lab.ts'
import { QemuRigs } from './matrix-rig.ts'

describe.skipIf(isMissing)(`QEMU${note} meets`, () => {
  const rigs = new QemuRigs()

  afterAll(() => rigs.close())

  describeMatrix('about checkpoints', rigs, checkpoints)
  describeMatrix('about what only QEMU has', rigs, { exact: onQemu, onPurpose: {} })
})

/** All scenarios that run on each driver, by what they are about. @module */
import { backupDocument, backupDocumentDifferences } from './backup-xml.ts'
import { agentAndSharing, brokenBitmaps, specialDisks } from './broken-bitmaps.ts'
import { checkpointTree, checkpointTreeDifferences } from './checkpoint-tree.ts'
import { checkpointDocument, nameLength } from './checkpoint-xml.ts'
import type { MatrixTables } from './describe-matrix.ts'
import { diskKinds } from './disk-kinds.ts'
import { ending } from './ending.ts'
import { hotPlug } from './hot-plug.ts'
import { inactiveDomain, undefine, undefineDifferences } from './inactive.ts'
import { pulling, pullingDifferences, whilePulling } from './pull.ts'
import { traces } from './traces.ts'

type Part = Omit<MatrixTables, 'notRun'>

/** What documents may say, and what does not need them. */
export const documents: Part = {
  exact: {
    ...inactiveDomain,
    ...undefine,
    ...backupDocument,
    ...checkpointDocument,
    ...nameLength,
  },
  onPurpose: { ...undefineDifferences, ...backupDocumentDifferences },
}

/** Backups, and what is done beside them. */
export const backups: Part = {
  exact: { ...diskKinds, ...pulling, ...whilePulling, ...hotPlug, ...ending },
  onPurpose: pullingDifferences,
}

/** Checkpoints, and what goes wrong below. */
export const checkpoints: Part = {
  exact: {
    ...checkpointTree,
    ...brokenBitmaps,
    ...agentAndSharing,
    ...specialDisks,
    ...traces,
  },
  onPurpose: checkpointTreeDifferences,
}

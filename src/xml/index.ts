/** libvirt's XML documents, between text and typed definitions. @module */
export { isXmlText } from './characters.ts'
export {
  childElement,
  childElements,
  isElement,
  localName,
  parseXml,
  textContent,
} from './element.ts'
export type { ParseXmlOptions, XmlElement, XmlMarkup, XmlNode } from './element.ts'
export { defaultXmlLimits } from './limits.ts'
export type { XmlLimits } from './limits.ts'
export { formatXml } from './format-xml.ts'
export { formatDomainBackup, parseDomainBackup, readDomainBackup } from './documents/backup.ts'
export type {
  BackupCipher,
  BackupDiskState,
  BackupEncryption,
  BackupIvgen,
  BackupPrivateData,
  BackupServer,
  BackupStore,
  BackupStorePrivateData,
  DomainBackupDef,
  DomainBackupDiskDef,
} from './documents/backup-def.ts'
export type { FormatDomainBackupOptions, ParseDomainBackupOptions } from './documents/backup.ts'
export { formatCapabilities, parseCapabilities } from './documents/capabilities.ts'
export type {
  CapabilitiesCell,
  CapabilitiesCpu,
  CapabilitiesDef,
  CapabilitiesDistance,
  CapabilitiesDomain,
  CapabilitiesFeature,
  CapabilitiesGuest,
  CapabilitiesHost,
  CapabilitiesMachine,
  CapabilitiesPages,
  CapabilitiesSecurityModel,
} from './documents/capabilities-def.ts'
export { formatDomainCheckpoint, parseDomainCheckpoint } from './documents/checkpoint.ts'
export type { DomainCheckpointDef, DomainCheckpointDiskDef } from './documents/checkpoint-def.ts'
export type {
  FormatDomainCheckpointOptions,
  ParseDomainCheckpointOptions,
} from './documents/checkpoint.ts'
export { formatDisk, parseDisk } from './documents/disk-document.ts'
export type { ParseDiskOptions } from './documents/disk-document.ts'
export { formatDomain, parseDomain, readDomain } from './documents/domain.ts'
export type { FormatDomainOptions, ParseDomainOptions } from './documents/domain.ts'
export type {
  DomainBootMenu,
  DomainClock,
  DomainControllerDef,
  DomainDef,
  DomainDevices,
  DomainGraphicsDef,
  DomainLoader,
  DomainMaxMemory,
  DomainNvram,
  DomainOs,
  DomainOtherDeviceDef,
  DomainPowerManagement,
  DomainVcpu,
  DomainVcpus,
  LifecycleAction,
  OtherDeviceKind,
} from './documents/domain-def.ts'
export type {
  DiskBackingStore,
  DiskBlockIo,
  DiskBus,
  DiskDevice,
  DiskDriver,
  DiskGeometry,
  DiskIoTune,
  DiskMirror,
  DiskTarget,
  DomainDiskDef,
} from './documents/disk-def.ts'
export type {
  SecurityLabel,
  StorageAuth,
  StorageAuthSecret,
  StorageCookie,
  StorageEncryption,
  StorageEncryptionSecret,
  StorageHost,
  StorageIdentity,
  StorageInitiator,
  StorageNetwork,
  StorageNvme,
  StoragePrivateData,
  StorageReconnect,
  StorageReservations,
  StorageSlice,
  StorageSource,
  StorageSsl,
  StorageType,
  StorageVolume,
} from './documents/storage-source-def.ts'
export type {
  CcwAddress,
  DeviceAddress,
  DeviceCommon,
  DriveAddress,
  OtherAddress,
  PciAddress,
  UsbAddress,
  VirtioSerialAddress,
} from './documents/device-def.ts'
export type {
  CharacterDeviceSource,
  CharacterDeviceTarget,
  CharacterDeviceType,
  DomainCharacterDeviceDef,
} from './documents/character-device-def.ts'
export type {
  DomainInterfaceDef,
  InterfaceSource,
  InterfaceType,
} from './documents/interface-def.ts'
export { parseNode, readNode } from './documents/node.ts'
export type { ReadTextFile } from './documents/node.ts'
export type {
  NodeCpu,
  NodeDef,
  NodeDomainDef,
  NodePoolDef,
  NodeUser,
} from './documents/node-def.ts'
export type { WithXmlRest, XmlRest, XmlRestAttribute, XmlRestChild } from './rest.ts'
export { withDomainDefaults } from './documents/domain-defaults.ts'
export type { DomainDefaults } from './documents/domain-defaults.ts'
export { checkDomainName } from './documents/domain-checks.ts'
export { toInactiveDomain } from './documents/domain-inactive.ts'
export { withInterfaceTargets } from './documents/interface-targets.ts'

/**
 * The text of each error number, without and with a detail; libvirt 9.0.0 (`src/util/virerror.c`).
 *
 * @module
 */
import { ErrorNumber } from './error-number.ts'

/** The two printf formats of an error number; `withDetail` has one `%s`. */
export interface ErrorTexts {
  readonly noDetail: string
  readonly withDetail: string
}

/** The texts by error number; `OK` has none. */
export const errorTexts: ReadonlyMap<ErrorNumber, ErrorTexts> = new Map<ErrorNumber, ErrorTexts>([
  [ErrorNumber.INTERNAL_ERROR, { noDetail: 'internal error', withDetail: 'internal error: %s' }],
  [ErrorNumber.NO_MEMORY, { noDetail: 'out of memory', withDetail: 'out of memory: %s' }],
  [
    ErrorNumber.NO_SUPPORT,
    {
      noDetail: 'this function is not supported by the connection driver',
      withDetail: 'this function is not supported by the connection driver: %s',
    },
  ],
  [ErrorNumber.UNKNOWN_HOST, { noDetail: 'unknown host', withDetail: 'unknown host %s' }],
  [
    ErrorNumber.NO_CONNECT,
    {
      noDetail: 'no connection driver available',
      withDetail: 'no connection driver available for %s',
    },
  ],
  [
    ErrorNumber.INVALID_CONN,
    { noDetail: 'invalid connection pointer in', withDetail: 'invalid connection pointer in %s' },
  ],
  [
    ErrorNumber.INVALID_DOMAIN,
    { noDetail: 'invalid domain pointer in', withDetail: 'invalid domain pointer in %s' },
  ],
  [ErrorNumber.INVALID_ARG, { noDetail: 'invalid argument', withDetail: 'invalid argument: %s' }],
  [
    ErrorNumber.OPERATION_FAILED,
    { noDetail: 'operation failed', withDetail: 'operation failed: %s' },
  ],
  [
    ErrorNumber.GET_FAILED,
    { noDetail: 'GET operation failed', withDetail: 'GET operation failed: %s' },
  ],
  [
    ErrorNumber.POST_FAILED,
    { noDetail: 'POST operation failed', withDetail: 'POST operation failed: %s' },
  ],
  [
    ErrorNumber.HTTP_ERROR,
    { noDetail: 'got unknown HTTP error code', withDetail: 'got unknown HTTP error code %s' },
  ],
  [
    ErrorNumber.SEXPR_SERIAL,
    { noDetail: 'failed to serialize S-Expr', withDetail: 'failed to serialize S-Expr: %s' },
  ],
  [
    ErrorNumber.NO_XEN,
    {
      noDetail: 'could not use Xen hypervisor entry',
      withDetail: 'could not use Xen hypervisor entry %s',
    },
  ],
  [ErrorNumber.XEN_CALL, { noDetail: 'failed Xen syscall', withDetail: 'failed Xen syscall %s' }],
  [ErrorNumber.OS_TYPE, { noDetail: 'unknown OS type', withDetail: 'unknown OS type %s' }],
  [
    ErrorNumber.NO_KERNEL,
    { noDetail: 'missing kernel information', withDetail: 'missing kernel information: %s' },
  ],
  [
    ErrorNumber.NO_ROOT,
    {
      noDetail: 'missing root device information',
      withDetail: 'missing root device information in %s',
    },
  ],
  [
    ErrorNumber.NO_SOURCE,
    {
      noDetail: 'missing source information for device',
      withDetail: 'missing source information for device %s',
    },
  ],
  [
    ErrorNumber.NO_TARGET,
    {
      noDetail: 'missing target information for device',
      withDetail: 'missing target information for device %s',
    },
  ],
  [
    ErrorNumber.NO_NAME,
    { noDetail: 'missing name information', withDetail: 'missing name information in %s' },
  ],
  [
    ErrorNumber.NO_OS,
    {
      noDetail: 'missing operating system information',
      withDetail: 'missing operating system information for %s',
    },
  ],
  [
    ErrorNumber.NO_DEVICE,
    { noDetail: 'missing devices information', withDetail: 'missing devices information for %s' },
  ],
  [
    ErrorNumber.NO_XENSTORE,
    { noDetail: 'could not connect to Xen Store', withDetail: 'could not connect to Xen Store %s' },
  ],
  [
    ErrorNumber.DRIVER_FULL,
    { noDetail: 'too many drivers registered', withDetail: 'too many drivers registered in %s' },
  ],
  [
    ErrorNumber.CALL_FAILED,
    { noDetail: 'library call failed', withDetail: 'library call failed: %s' },
  ],
  [
    ErrorNumber.XML_ERROR,
    { noDetail: 'XML description is invalid or not well formed', withDetail: 'XML error: %s' },
  ],
  [
    ErrorNumber.DOM_EXIST,
    { noDetail: 'this domain exists already', withDetail: 'domain %s exists already' },
  ],
  [
    ErrorNumber.OPERATION_DENIED,
    { noDetail: 'operation forbidden for read only access', withDetail: 'operation forbidden: %s' },
  ],
  [
    ErrorNumber.OPEN_FAILED,
    {
      noDetail: 'failed to open configuration file',
      withDetail: 'failed to open configuration file %s',
    },
  ],
  [
    ErrorNumber.READ_FAILED,
    {
      noDetail: 'failed to read configuration file',
      withDetail: 'failed to read configuration file %s',
    },
  ],
  [
    ErrorNumber.PARSE_FAILED,
    {
      noDetail: 'failed to parse configuration file',
      withDetail: 'failed to parse configuration file %s',
    },
  ],
  [
    ErrorNumber.CONF_SYNTAX,
    {
      noDetail: 'configuration file syntax error',
      withDetail: 'configuration file syntax error: %s',
    },
  ],
  [
    ErrorNumber.WRITE_FAILED,
    {
      noDetail: 'failed to write configuration file',
      withDetail: 'failed to write configuration file: %s',
    },
  ],
  [ErrorNumber.XML_DETAIL, { noDetail: 'parser error', withDetail: '%s' }],
  [
    ErrorNumber.INVALID_NETWORK,
    { noDetail: 'invalid network pointer in', withDetail: 'invalid network pointer in %s' },
  ],
  [
    ErrorNumber.NETWORK_EXIST,
    { noDetail: 'this network exists already', withDetail: 'network %s exists already' },
  ],
  [ErrorNumber.SYSTEM_ERROR, { noDetail: 'system call error', withDetail: '%s' }],
  [ErrorNumber.RPC, { noDetail: 'RPC error', withDetail: '%s' }],
  [ErrorNumber.GNUTLS_ERROR, { noDetail: 'GNUTLS call error', withDetail: '%s' }],
  [
    ErrorNumber.WAR_NO_NETWORK,
    { noDetail: 'Failed to find the network', withDetail: 'Failed to find the network: %s' },
  ],
  [ErrorNumber.NO_DOMAIN, { noDetail: 'Domain not found', withDetail: 'Domain not found: %s' }],
  [ErrorNumber.NO_NETWORK, { noDetail: 'Network not found', withDetail: 'Network not found: %s' }],
  [
    ErrorNumber.INVALID_MAC,
    { noDetail: 'invalid MAC address', withDetail: 'invalid MAC address: %s' },
  ],
  [
    ErrorNumber.AUTH_FAILED,
    { noDetail: 'authentication failed', withDetail: 'authentication failed: %s' },
  ],
  [
    ErrorNumber.INVALID_STORAGE_POOL,
    {
      noDetail: 'invalid storage pool pointer in',
      withDetail: 'invalid storage pool pointer in %s',
    },
  ],
  [
    ErrorNumber.INVALID_STORAGE_VOL,
    {
      noDetail: 'invalid storage volume pointer in',
      withDetail: 'invalid storage volume pointer in %s',
    },
  ],
  [
    ErrorNumber.WAR_NO_STORAGE,
    {
      noDetail: 'Failed to find a storage driver',
      withDetail: 'Failed to find a storage driver: %s',
    },
  ],
  [
    ErrorNumber.NO_STORAGE_POOL,
    { noDetail: 'Storage pool not found', withDetail: 'Storage pool not found: %s' },
  ],
  [
    ErrorNumber.NO_STORAGE_VOL,
    { noDetail: 'Storage volume not found', withDetail: 'Storage volume not found: %s' },
  ],
  [
    ErrorNumber.WAR_NO_NODE,
    { noDetail: 'Failed to find a node driver', withDetail: 'Failed to find a node driver: %s' },
  ],
  [
    ErrorNumber.INVALID_NODE_DEVICE,
    { noDetail: 'invalid node device pointer', withDetail: 'invalid node device pointer in %s' },
  ],
  [
    ErrorNumber.NO_NODE_DEVICE,
    { noDetail: 'Node device not found', withDetail: 'Node device not found: %s' },
  ],
  [
    ErrorNumber.NO_SECURITY_MODEL,
    { noDetail: 'Security model not found', withDetail: 'Security model not found: %s' },
  ],
  [
    ErrorNumber.OPERATION_INVALID,
    {
      noDetail: 'Requested operation is not valid',
      withDetail: 'Requested operation is not valid: %s',
    },
  ],
  [
    ErrorNumber.WAR_NO_INTERFACE,
    { noDetail: 'Failed to find the interface', withDetail: 'Failed to find the interface: %s' },
  ],
  [
    ErrorNumber.NO_INTERFACE,
    { noDetail: 'Interface not found', withDetail: 'Interface not found: %s' },
  ],
  [
    ErrorNumber.INVALID_INTERFACE,
    { noDetail: 'invalid interface pointer in', withDetail: 'invalid interface pointer in %s' },
  ],
  [
    ErrorNumber.MULTIPLE_INTERFACES,
    {
      noDetail: 'multiple matching interfaces found',
      withDetail: 'multiple matching interfaces found: %s',
    },
  ],
  [
    ErrorNumber.WAR_NO_NWFILTER,
    {
      noDetail: 'Failed to start the nwfilter driver',
      withDetail: 'Failed to start the nwfilter driver: %s',
    },
  ],
  [
    ErrorNumber.INVALID_NWFILTER,
    { noDetail: 'Invalid network filter', withDetail: 'Invalid network filter: %s' },
  ],
  [
    ErrorNumber.NO_NWFILTER,
    { noDetail: 'Network filter not found', withDetail: 'Network filter not found: %s' },
  ],
  [
    ErrorNumber.BUILD_FIREWALL,
    { noDetail: 'Error while building firewall', withDetail: 'Error while building firewall: %s' },
  ],
  [
    ErrorNumber.WAR_NO_SECRET,
    {
      noDetail: 'Failed to find a secret storage driver',
      withDetail: 'Failed to find a secret storage driver: %s',
    },
  ],
  [ErrorNumber.INVALID_SECRET, { noDetail: 'Invalid secret', withDetail: 'Invalid secret: %s' }],
  [ErrorNumber.NO_SECRET, { noDetail: 'Secret not found', withDetail: 'Secret not found: %s' }],
  [
    ErrorNumber.CONFIG_UNSUPPORTED,
    { noDetail: 'unsupported configuration', withDetail: 'unsupported configuration: %s' },
  ],
  [
    ErrorNumber.OPERATION_TIMEOUT,
    { noDetail: 'Timed out during operation', withDetail: 'Timed out during operation: %s' },
  ],
  [
    ErrorNumber.MIGRATE_PERSIST_FAILED,
    {
      noDetail: 'Failed to make domain persistent after migration',
      withDetail: 'Failed to make domain persistent after migration: %s',
    },
  ],
  [
    ErrorNumber.HOOK_SCRIPT_FAILED,
    { noDetail: 'Hook script execution failed', withDetail: 'Hook script execution failed: %s' },
  ],
  [
    ErrorNumber.INVALID_DOMAIN_SNAPSHOT,
    { noDetail: 'Invalid domain snapshot', withDetail: 'Invalid domain snapshot: %s' },
  ],
  [
    ErrorNumber.NO_DOMAIN_SNAPSHOT,
    { noDetail: 'Domain snapshot not found', withDetail: 'Domain snapshot not found: %s' },
  ],
  [
    ErrorNumber.INVALID_STREAM,
    { noDetail: 'invalid stream pointer', withDetail: 'invalid stream pointer in %s' },
  ],
  [
    ErrorNumber.ARGUMENT_UNSUPPORTED,
    { noDetail: 'argument unsupported', withDetail: 'argument unsupported: %s' },
  ],
  [
    ErrorNumber.STORAGE_PROBE_FAILED,
    { noDetail: 'Storage pool probe failed', withDetail: 'Storage pool probe failed: %s' },
  ],
  [
    ErrorNumber.STORAGE_POOL_BUILT,
    { noDetail: 'Storage pool already built', withDetail: 'Storage pool already built: %s' },
  ],
  [
    ErrorNumber.SNAPSHOT_REVERT_RISKY,
    { noDetail: 'revert requires force', withDetail: 'revert requires force: %s' },
  ],
  [
    ErrorNumber.OPERATION_ABORTED,
    { noDetail: 'operation aborted', withDetail: 'operation aborted: %s' },
  ],
  [
    ErrorNumber.AUTH_CANCELLED,
    { noDetail: 'authentication cancelled', withDetail: 'authentication cancelled: %s' },
  ],
  [
    ErrorNumber.NO_DOMAIN_METADATA,
    { noDetail: 'metadata not found', withDetail: 'metadata not found: %s' },
  ],
  [
    ErrorNumber.MIGRATE_UNSAFE,
    { noDetail: 'Unsafe migration', withDetail: 'Unsafe migration: %s' },
  ],
  [ErrorNumber.OVERFLOW, { noDetail: 'numerical overflow', withDetail: 'numerical overflow: %s' }],
  [
    ErrorNumber.BLOCK_COPY_ACTIVE,
    { noDetail: 'block copy still active', withDetail: 'block copy still active: %s' },
  ],
  [
    ErrorNumber.OPERATION_UNSUPPORTED,
    { noDetail: 'Operation not supported', withDetail: 'Operation not supported: %s' },
  ],
  [ErrorNumber.SSH, { noDetail: 'SSH transport error', withDetail: 'SSH transport error: %s' }],
  [
    ErrorNumber.AGENT_UNRESPONSIVE,
    { noDetail: 'Guest agent is not responding', withDetail: 'Guest agent is not responding: %s' },
  ],
  [ErrorNumber.RESOURCE_BUSY, { noDetail: 'resource busy', withDetail: 'resource busy: %s' }],
  [ErrorNumber.ACCESS_DENIED, { noDetail: 'access denied', withDetail: 'access denied: %s' }],
  [
    ErrorNumber.DBUS_SERVICE,
    { noDetail: 'error from service', withDetail: 'error from service: %s' },
  ],
  [
    ErrorNumber.STORAGE_VOL_EXIST,
    {
      noDetail: 'this storage volume exists already',
      withDetail: 'storage volume %s exists already',
    },
  ],
  [
    ErrorNumber.CPU_INCOMPATIBLE,
    {
      noDetail: 'the CPU is incompatible with host CPU',
      withDetail: 'the CPU is incompatible with host CPU: %s',
    },
  ],
  [
    ErrorNumber.XML_INVALID_SCHEMA,
    {
      noDetail: 'XML document failed to validate against schema',
      withDetail: 'XML document failed to validate against schema: %s',
    },
  ],
  [
    ErrorNumber.MIGRATE_FINISH_OK,
    {
      noDetail: 'migration successfully aborted',
      withDetail: 'migration successfully aborted: %s',
    },
  ],
  [
    ErrorNumber.AUTH_UNAVAILABLE,
    { noDetail: 'authentication unavailable', withDetail: 'authentication unavailable: %s' },
  ],
  [ErrorNumber.NO_SERVER, { noDetail: 'Server not found', withDetail: 'Server not found: %s' }],
  [ErrorNumber.NO_CLIENT, { noDetail: 'Client not found', withDetail: 'Client not found: %s' }],
  [
    ErrorNumber.AGENT_UNSYNCED,
    {
      noDetail: 'guest agent replied with wrong id to guest-sync command',
      withDetail: 'guest agent replied with wrong id to guest-sync command: %s',
    },
  ],
  [
    ErrorNumber.LIBSSH,
    { noDetail: 'libssh transport error', withDetail: 'libssh transport error: %s' },
  ],
  [
    ErrorNumber.DEVICE_MISSING,
    { noDetail: 'device not found', withDetail: 'device not found: %s' },
  ],
  [
    ErrorNumber.INVALID_NWFILTER_BINDING,
    {
      noDetail: 'Invalid network filter binding',
      withDetail: 'Invalid network filter binding: %s',
    },
  ],
  [
    ErrorNumber.NO_NWFILTER_BINDING,
    {
      noDetail: 'Network filter binding not found',
      withDetail: 'Network filter binding not found: %s',
    },
  ],
  [
    ErrorNumber.INVALID_DOMAIN_CHECKPOINT,
    { noDetail: 'Invalid domain checkpoint', withDetail: 'Invalid domain checkpoint: %s' },
  ],
  [
    ErrorNumber.NO_DOMAIN_CHECKPOINT,
    { noDetail: 'Domain checkpoint not found', withDetail: 'Domain checkpoint not found: %s' },
  ],
  [
    ErrorNumber.NO_DOMAIN_BACKUP,
    {
      noDetail: 'Domain backup job id not found',
      withDetail: 'Domain backup job id not found: %s',
    },
  ],
  [
    ErrorNumber.INVALID_NETWORK_PORT,
    { noDetail: 'Invalid network port pointer', withDetail: 'Invalid network port pointer: %s' },
  ],
  [
    ErrorNumber.NETWORK_PORT_EXIST,
    { noDetail: 'this network port exists already', withDetail: 'network port %s exists already' },
  ],
  [
    ErrorNumber.NO_NETWORK_PORT,
    { noDetail: 'network port not found', withDetail: 'network port not found: %s' },
  ],
  [ErrorNumber.NO_HOSTNAME, { noDetail: 'no hostname found', withDetail: 'no hostname found: %s' }],
  [
    ErrorNumber.CHECKPOINT_INCONSISTENT,
    { noDetail: 'checkpoint inconsistent', withDetail: 'checkpoint inconsistent: %s' },
  ],
  [
    ErrorNumber.MULTIPLE_DOMAINS,
    {
      noDetail: 'multiple matching domains found',
      withDetail: 'multiple matching domains found: %s',
    },
  ],
])

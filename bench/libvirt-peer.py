"""libvirt's test driver and its QEMU driver, measured through python3-libvirt.

Reads one request a line from standard input, as JSON, and answers each with a line of JSON.
"""

import json
import sys
import threading
import time

import libvirt

# Errors are part of the answers, not of the output.
libvirt.registerErrorHandler(lambda _context, _error: None, None)


def connect():
    return libvirt.open("test:///default")


def define(request):
    """Defines new domains, one after the other, and takes them away again unmeasured."""
    connection = connect()
    xml = request["xml"]
    made = []
    start = time.perf_counter()
    while True:
        for _ in range(50):
            made.append(connection.defineXML(xml.replace("NAME", "vm%d" % len(made))))
        elapsed = time.perf_counter() - start
        if elapsed >= request["seconds"]:
            break
    for domain in made:
        domain.undefine()
    return len(made) / elapsed


def repeat(call, seconds):
    count = 0
    start = time.perf_counter()
    while True:
        for _ in range(200):
            call()
        count += 200
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return count / elapsed


def lookup(request):
    connection = connect()
    connection.defineXML(request["xml"].replace("NAME", "vm"))
    return repeat(lambda: connection.lookupByName("vm"), request["seconds"])


def dump(request):
    domain = connect().defineXML(request["xml"].replace("NAME", "vm"))
    return repeat(domain.XMLDesc, request["seconds"])


def checkpoints(request):
    """Creates checkpoints, and gives the rate around each of the counts that are asked for."""
    domain = connect().lookupByName("test")
    times = []
    for index in range(max(request["counts"])):
        start = time.perf_counter()
        domain.checkpointCreateXML(
            "<domaincheckpoint><name>c%d</name></domaincheckpoint>" % index
        )
        times.append(time.perf_counter() - start)
    window = request["window"]
    return [
        min(window, count) / sum(times[max(0, count - window):count])
        for count in request["counts"]
    ]


class Machines:
    """Machines of libvirt's QEMU driver, which runs in this process."""

    def __init__(self):
        self.connection = None
        self.completed = threading.Event()
        self.completed_at = 0.0

    def start(self, request):
        """Opens the driver on a folder of its own, and starts machines whose processors stand still."""
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=run_events, daemon=True).start()
        try:
            self.connection = libvirt.open(request["uri"])
        except libvirt.libvirtError:
            return False
        event = libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED
        self.connection.domainEventRegisterAny(None, event, self.job_completed, None)
        for xml in request["xml"]:
            self.connection.defineXML(xml).createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
        return True

    def job_completed(self, *_event):
        self.completed_at = time.perf_counter()
        self.completed.set()

    def backup(self, request):
        """Begins a backup and ends it; the seconds until it has begun, and until it is complete or cancelled."""
        domain = self.connection.lookupByName(request["domain"])
        self.completed.clear()
        start = time.perf_counter()
        domain.backupBegin(request["backup"], request["checkpoint"])
        begun = time.perf_counter()
        if request["cancel"]:
            domain.abortJob()
        self.completed.wait()
        while domain.jobStats()["type"] != libvirt.VIR_DOMAIN_JOB_NONE:
            time.sleep(0.001)
        domain.checkpointLookupByName(request["name"]).delete()
        return [begun - start, self.completed_at - start]

    def checkpoint(self, request):
        """Creates a checkpoint and deletes it; the seconds that each took."""
        domain = self.connection.lookupByName(request["domain"])
        start = time.perf_counter()
        checkpoint = domain.checkpointCreateXML(request["checkpoint"])
        created = time.perf_counter()
        checkpoint.delete()
        return [created - start, time.perf_counter() - created]

    def stop(self):
        if self.connection is None:
            return
        for domain in self.connection.listAllDomains():
            if domain.isActive():
                domain.destroy()
        self.connection.close()


def run_events():
    while True:
        libvirt.virEventRunDefaultImpl()


machines = Machines()

handlers = {
    "start": machines.start,
    "backup": machines.backup,
    "checkpoint": machines.checkpoint,
    "version": lambda _request: libvirt.getVersion(),
    "define": define,
    "lookup": lookup,
    "dump": dump,
    "checkpoints": checkpoints,
}

try:
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(handlers[request["do"]](request)), flush=True)
finally:
    machines.stop()

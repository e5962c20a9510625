"""libvirt's test driver, measured through python3-libvirt.

Reads one request a line from standard input, as JSON, and answers each with a line of JSON.
"""

import json
import sys
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


handlers = {
    "version": lambda _request: libvirt.getVersion(),
    "define": define,
    "lookup": lookup,
    "dump": dump,
    "checkpoints": checkpoints,
}

for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(handlers[request["do"]](request)), flush=True)

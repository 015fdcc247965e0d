"""What the clients of all nodes saw, and what has to hold of it. Shares nothing with the product."""

import dataclasses
import itertools
import json

PROBLEMS_MAX = 20  # Of each kind.


@dataclasses.dataclass
class Record:
    nodes: list
    source: str         # Of the events that were published here.
    segments: list      # Of load.Segment.
    published: set      # Ids that may be in the order.
    acknowledged: dict  # id: the answer that says that it is, and where.
    refused: dict       # id: the message that says that it is not and never will be.
    foreign: set = frozenset()  # Types of events that others may publish.


def take_record(nodes, publishers, watchers):
    """Of what load.Publisher and load.Watcher have been told until now, while they go on."""
    acknowledged, refused, published = {}, {}, set()
    # What has been acknowledged is taken before what has been seen, and the other way round what has been
    # published after it: so the one has to be part of the other.
    for publisher in publishers:
        acknowledged |= dict(publisher.acknowledged)
        refused |= dict(publisher.refused)
    segments = [dataclasses.replace(segment, lines=list(segment.lines))
                for watcher in watchers for segment in list(watcher.segments)]
    for publisher in publishers:
        published |= set(publisher.published)
    seen = max((segment.end for segment in segments), default=1)
    # The newest answers may be here before the events are.
    acknowledged = {event_id: answer for event_id, answer in acknowledged.items()
                    if int(answer["globalseq"]) < seen}
    return Record(nodes, publishers[0].SOURCE, segments, published, acknowledged, refused)


def check(record):
    """All that is wrong, as texts."""
    problems = [*first_few(dense(record)), *first_few(agreed(record))]
    # With holes or two histories the rest means nothing.
    if problems:
        return problems
    history = [json.loads(line) for line in longest(record)]
    for rule in (acknowledged, refused, published, once, local_order, views):
        problems += first_few(rule(record, history))
    return problems


def first_few(problems):
    return itertools.islice(problems, PROBLEMS_MAX)


def longest(record):
    """The history, put together of all segments, which agree."""
    lines = []
    for segment in sorted(record.segments, key=lambda segment: segment.first):
        if segment.first <= len(lines) + 1:
            lines += segment.lines[len(lines) + 1 - segment.first:]
    return lines


def dense(record):
    """Each subscription was shown globalseq after globalseq, from where it began."""
    for segment in record.segments:
        for number, line in enumerate(segment.lines, segment.first):
            event = json.loads(line)
            if event.get("globalseq") != str(number):
                yield (f"{segment.node}: a subscription from {segment.first} was shown, in place of "
                       f"{number}: {line.strip()}")
                break
    reached = 1
    for segment in sorted(record.segments, key=lambda segment: segment.first):
        if segment.first > reached:
            yield f"nobody was shown {reached}, but {segment.node} what comes after it"
        reached = max(reached, segment.end)


def agreed(record):
    """What any two subscriptions on any nodes were shown is the same, byte for byte."""
    shown = {}
    for segment in record.segments:
        for number, line in enumerate(segment.lines, segment.first):
            node, other = shown.setdefault(number, (segment.node, line))
            if line != other:
                yield f"{number} is, on {node}: {other.strip()}; on {segment.node}: {line.strip()}"


def acknowledged(record, history):
    """What was acknowledged as committed is in the history, at its number."""
    for event_id, answer in record.acknowledged.items():
        number = int(answer["globalseq"])
        event = history[number - 1] if number <= len(history) else {}
        if event.get("id") != event_id or event.get("source") != record.source:
            yield f"{event_id} was acknowledged as {answer}; there is {event or 'nothing'}"
        # Of a duplicate only the number is the earlier one's; the rest is this attempt's.
        elif not answer.get("duplicate") and any(
                event[field] != answer[field] for field in ("node", "sequence", "epoch")):
            yield f"{event_id} was acknowledged as {answer}, and is {event}"


def refused(record, history):
    """What was refused for good is not in it."""
    for event in history:
        if event["source"] == record.source and event["id"] in record.refused:
            yield f"{event['id']} was refused ('{record.refused[event['id']]}'), and is {event}"


def published(record, history):
    """It has nothing that nobody published."""
    for event in history:
        known = event["id"] in record.published if event["source"] == record.source else (
            event["type"] in record.foreign or
            event["source"] == "/peal" and event["type"] in ("peal.view", "node.joined", "node.left"))
        if not known:
            yield f"nobody published {event}"


def once(record, history):
    """It has nothing twice."""
    places = {}
    for event in history:
        first = places.setdefault((event["source"], event["id"]), event["globalseq"])
        if first != event["globalseq"]:
            yield f"{event['source']} {event['id']} is at {first} and at {event['globalseq']}"


def local_order(record, history):
    """One incarnation's events are in the order of their sequence, and after what they know."""
    last = {}
    for event in history:
        if "sequence" not in event:
            continue
        origin = event["node"], event["incarnation"]
        if last.get(origin, "") >= event["sequence"]:
            yield f"{origin}: {event['sequence']} comes after {last[origin]}"
        last[origin] = event["sequence"]
        if int(event.get("knows", 0)) >= int(event["globalseq"]):
            yield f"{origin}: knows what comes after it: {event}"


def views(record, history):
    """There is one primary component at a time: epochs grow, each begins with its view, each view is a
    majority that follows from the one before, and only its members' events are ordered in it."""
    epoch, members = 0, set()
    for event in history:
        if event["type"] == "peal.view":
            joined, left, now = (set(filter(None, event[field].split(",")))
                                 for field in ("joined", "left", "members"))
            if int(event["epoch"]) <= epoch:
                yield f"epoch {event['epoch']} comes after {epoch}"
            # Who was started anew has left and joined.
            if now != (members - left) | joined or joined & (members - left) or left - members:
                yield f"the view before had {sorted(members)}: {event}"
            if 2 * len(now) <= len(record.nodes):
                yield f"a minority is no primary component: {event}"
            epoch, members = int(event["epoch"]), now
        elif int(event["epoch"]) != epoch:
            yield f"it is epoch {epoch}: {event}"
        elif "node" in event and event["node"] not in members:
            yield f"its node is not among {sorted(members)}: {event}"

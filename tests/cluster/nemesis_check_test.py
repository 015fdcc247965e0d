#!/usr/bin/env python3
"""The test of the nemesis's checker: it finds nothing in a good history, and each kind of broken one."""

import copy
import json
import random
import unittest

from load import Segment
from nemesis_lib import faults, history

SOURCE = "/load"
NODES = ["n1", "n2", "n3"]


def derived(kind, epoch, **more):
    return {"id": f"{kind}-{epoch}", "source": "/peal", "type": kind, "epoch": str(epoch), **more}


def published(event_id, epoch, node="n1", incarnation="1", sequence=1, knows=1):
    return {"id": event_id, "source": SOURCE, "type": "test.load", "epoch": str(epoch), "node": node,
            "incarnation": incarnation, "sequence": f"{sequence:020}", "knows": str(knows)}


def lines(events):
    return [json.dumps(event | {"globalseq": str(number)}) + "\n" for number, event in enumerate(events, 1)]


def good():
    """n1 and n2 begin, n3 comes, n1 is started anew."""
    return [
        derived("peal.view", 1, joined="n1,n2", left="", members="n1,n2"),
        published("a", 1, sequence=1),
        published("b", 1, "n2", sequence=4),
        derived("peal.view", 3, joined="n3", left="", members="n1,n2,n3"),
        published("c", 3, sequence=2),
        derived("peal.view", 4, joined="n1", left="n1", members="n1,n2,n3"),
        published("d", 4, incarnation="2", sequence=1),
    ]


class NemesisCheckTest(unittest.TestCase):
    def record(self, events=None, **more):
        seen = lines(events or good())
        segments = [Segment("n1", 1, seen), Segment("n2", 1, seen[:4]), Segment("n2", 5, seen[4:]),
                    Segment("n3", 4, seen[3:])]
        answers = {event["id"]: {"globalseq": str(number), "node": event["node"], "epoch": event["epoch"],
                                 "sequence": event["sequence"]}
                   for number, event in enumerate(events or good(), 1) if event["source"] == SOURCE}
        fields = {"segments": segments, "published": set("abcdx"), "acknowledged": answers,
                  "refused": {"x": "no primary component"}, **more}
        return history.Record(NODES, SOURCE, **fields)

    def assert_found(self, words, record):
        self.assertRegex("\n".join(history.check(record)), words)

    def test_a_good_history_has_no_problems(self):
        self.assertEqual(history.check(self.record()), [])

    def test_a_hole_is_found(self):
        record = self.record()
        del record.segments[0].lines[2]
        self.assert_found("in place of 3", record)

    def test_a_subscription_that_begins_elsewhere_is_found(self):
        record = self.record()
        record.segments[3].first = 3
        self.assert_found("n3: a subscription from 3 was shown, in place of 3", record)

    def test_what_was_never_shown_before_what_was_is_found(self):
        self.assert_found("nobody was shown 1, but n3",
                          self.record(segments=[Segment("n3", 4, lines(good())[3:])]))

    def test_a_gap_event_is_a_hole(self):
        record = self.record()
        record.segments[2].lines.insert(0, json.dumps({"type": "peal.gap", "first": "2"}) + "\n")
        self.assert_found("in place of 5: .*peal.gap", record)

    def test_two_orders_are_found(self):
        other = good()
        other[1], other[2] = other[2], other[1]
        record = self.record()
        record.segments[1] = Segment("n2", 1, lines(other)[:4])
        self.assert_found("2 is, on n1: .*; on n2: ", record)

    def test_other_bytes_at_one_number_are_found(self):
        other = copy.deepcopy(good())
        other[6]["extra"] = "1"
        record = self.record()
        record.segments.append(Segment("n3", 7, lines(other)[6:]))
        self.assert_found("7 is, on n1: ", record)

    def test_an_acknowledged_event_that_is_lost_is_found(self):
        record = self.record()
        record.acknowledged["x"] = {"globalseq": "8"}
        self.assert_found("x was acknowledged as .*; there is nothing", record)

    def test_an_acknowledged_event_at_another_number_is_found(self):
        record = self.record()
        record.acknowledged["a"]["globalseq"] = "3"
        self.assert_found("a was acknowledged as .*; there is .*'b'", record)

    def test_an_acknowledged_event_of_another_place_is_found(self):
        record = self.record()
        record.acknowledged["a"]["sequence"] = f"{2:020}"
        self.assert_found("a was acknowledged as .*, and is ", record)

    def test_a_refused_event_that_is_there_is_found(self):
        self.assert_found("b was refused", self.record(refused={"b": "no primary component"}))

    def test_what_nobody_published_is_found(self):
        self.assert_found("nobody published .*'b'", self.record(published=set("acd")))
        self.assert_found("nobody published .*'test.other'",
                          self.record([*good(), derived("test.other", 4)]))

    def test_an_event_that_is_there_twice_is_found(self):
        events = [*good(), published("a", 4, sequence=9)]
        self.assert_found("/load a is at 2 and at 8", self.record(events))

    def test_another_local_order_is_found(self):
        events = good()
        events[4]["sequence"] = events[1]["sequence"]
        self.assert_found("'n1', '1'.*comes after", self.record(events))

    def test_an_event_that_knows_what_comes_after_it_is_found(self):
        events = good()
        events[2]["knows"] = "3"
        self.assert_found("knows what comes after it", self.record(events))

    def test_views_that_do_not_follow_are_found(self):
        for change, words in (({"epoch": "1"}, "epoch 1 comes after 1"),
                              ({"members": "n3"}, "the view before had .*'n1', 'n2'"),
                              ({"joined": "", "left": "n2", "members": "n1"}, "a minority is no primary"),
                              ({"left": "n4"}, "the view before had")):
            events = good()
            events[3] |= change
            self.assert_found(words, self.record(events))

    def test_an_event_of_another_primary_component_is_found(self):
        events = good()
        events[4]["epoch"] = "2"
        self.assert_found("it is epoch 3: .*'c'", self.record(events))
        events = good()
        events[2]["node"] = "n3"
        self.assert_found("its node is not among", self.record(events))


class PlanTest(unittest.TestCase):
    def plans(self, seed, nodes):
        chance = random.Random(seed)
        return [str(move) for _ in range(40) for move in faults.plan(chance, nodes)]

    def test_a_seed_is_a_plan(self):
        self.assertEqual(self.plans(7, NODES), self.plans(7, NODES))
        self.assertNotEqual(self.plans(7, NODES), self.plans(8, NODES))

    def test_a_plan_comes_to_every_kind_of_fault(self):
        for nodes in (NODES, [*NODES, "n4", "n5"]):
            self.assertEqual({move.split()[0] for move in self.plans(1, nodes)}, set(faults.FAULTS))


if __name__ == "__main__":
    unittest.main()

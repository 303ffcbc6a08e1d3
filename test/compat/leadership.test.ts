/** Who leads as one process sees it: agreed among those that serve, and a speaker while nobody does. */

import t from "tap";
import type { MembershipStatus } from "../../actors/membership/survey.js";
import { Leadership } from "../../cli/compat/leadership.js";

const NODES = ["p0", "p1", "p2"];

/** What the process `self` knows, in the test's hands. */
function seen(self: string) {
  const known: MembershipStatus = {
    serves: false,
    number: 1,
    members: NODES,
    up: NODES,
    leader: undefined,
    waitingFor: [],
    waitingWith: [],
  };
  let announced = 0;
  const leadership = new Leadership({ self, nodes: NODES, membership: () => known });
  leadership.onLead(() => {
    announced += 1;
  });
  /** Something becomes known: how often it has said since that it leads. */
  const learn = (news: Partial<MembershipStatus>): number => {
    const before = announced;
    Object.assign(known, news);
    leadership.look();
    return announced - before;
  };
  const hear = (peer: string, up: boolean) => leadership.learn({ peer, epoch: 1, up });
  return { leadership, learn, hear };
}

t.test("among those that serve it is agreed, and it is said once", async (t) => {
  const { leadership, learn } = seen("p1");
  leadership.begin();
  t.equal(learn({ serves: true, leader: "p0" }), 0);
  t.equal(leadership.leader(), "p0");
  t.equal(learn({ leader: "p1" }), 1, "elected");
  t.equal(learn({}), 0);
  t.equal(leadership.leader(), "p1");
});

t.test("nobody speaks before it is known who is up, and whether they serve", async (t) => {
  const { leadership, learn, hear } = seen("p0");
  hear("p1", true);
  t.equal(learn({}), 0);
  leadership.begin();
  t.equal(learn({}), 0, "the other one may serve");
  t.equal(leadership.leader(), undefined);
  t.equal(learn({ waitingWith: ["p1"] }), 1, "it waits too, and its id is higher");
  t.equal(leadership.leader(), "p0");
  await leadership.known();
});

t.test("a speaker listens on when a lower one speaks, and speaks again when that one is gone", async (t) => {
  const { leadership, learn, hear } = seen("p1");
  leadership.begin();
  t.equal(leadership.leader(), "p1", "it is alone");
  hear("p0", true);
  t.equal(learn({ waitingWith: ["p0"] }), 0);
  t.equal(leadership.leader(), "p1", "the master may not have heard of the other one");
  hear("p0", false);
  t.equal(learn({ waitingWith: [] }), 1);
  t.equal(learn({ serves: true, leader: "p0" }), 0);
  t.equal(leadership.leader(), "p0", "a real leader ends it");
});

t.test("when one is gone that may have led meanwhile, the speaker says again that it is there", async (t) => {
  const { leadership, learn, hear } = seen("p0");
  leadership.begin();
  hear("p2", true);
  t.equal(learn({}), 0, "nothing is known of it");
  hear("p2", false);
  t.equal(learn({}), 1);
  hear("p2", true);
  t.equal(learn({ waitingWith: ["p2"] }), 0);
  hear("p2", false);
  t.equal(learn({ waitingWith: [] }), 0, "it had not served");
});

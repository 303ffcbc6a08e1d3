/** A clock that stands: what rings meanwhile, and where time goes on. */

import t from "tap";
import type { Clock } from "../../runtime/clock.js";
import { StandingClock } from "../../runtime/stepping/standing-clock.js";

/** Time that is moved by hand. */
class Sundial implements Clock {
  time = 1000;
  alarmAt: number | undefined;
  now(): number {
    return this.time;
  }
  soon(): void {}
  alarm(at: number | undefined): void {
    this.alarmAt = at;
  }
}

t.test("time stands and goes on from where it stood, again and again", async (t) => {
  const sundial = new Sundial();
  const clock = new StandingClock(sundial);
  const work = () => undefined;
  clock.alarm(1500, work);
  t.equal(sundial.alarmAt, 1500);
  sundial.time = 1200;
  clock.stand(true);
  t.equal(sundial.alarmAt, undefined, "it does not ring while it stands");
  sundial.time = 5200;
  clock.stand(true);
  t.equal(clock.now(), 1200);
  clock.alarm(1200, work);
  t.equal(sundial.alarmAt, 1200, "but what was over before does");
  clock.alarm(1300, work);
  clock.stand(false);
  clock.stand(false);
  t.equal(clock.now(), 1200);
  t.equal(sundial.alarmAt, 5300, "as much later as it has stood");
  sundial.time = 5250;
  t.equal(clock.now(), 1250);
  clock.stand(true);
  sundial.time = 6250;
  clock.stand(false);
  t.equal(clock.now(), 1250);
  t.equal(sundial.alarmAt, 6300);
  t.equal(clock.now(), 1250);
  clock.alarm(undefined, work);
  t.equal(sundial.alarmAt, undefined);
  t.equal(clock.now(), 6250, "when nothing waits it is right again");
  clock.stand(true);
  sundial.time = 7000;
  clock.alarm(undefined, work);
  t.equal(clock.now(), 6250, "but not while it stands");
});

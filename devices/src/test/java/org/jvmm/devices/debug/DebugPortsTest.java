package org.jvmm.devices.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.ByteLog;

/** The three ports without state: exit, console, panic. */
final class DebugPortsTest {
  private final List<String> log = new ArrayList<>();

  @Test
  void theExitStatusIsTwiceTheValuePlusOneAtEveryWidth() {
    IsaDebugExit port = new IsaDebugExit(status -> log.add("" + status));
    port.write(0, 1, 0x10);
    port.write(0, 2, 0x1234);
    port.write(0, 4, 0x10_0000);
    assertEquals(List.of("33", "9321", "2097153"), log);
    assertEquals(0, port.read(0, 4));
  }

  @Test
  void theDebugConsoleIsFoundByReadingAndTakesBytes() {
    ByteLog sink = new ByteLog();
    DebugCon console = new DebugCon(sink::accept);
    assertEquals(0xe9, console.read(0, 1));
    "hi".chars().forEach(c -> console.write(0, 1, c));
    assertEquals("hi", sink.text());
  }

  @Test
  void pvpanicOffersBothEventsAndReportsThem() {
    PvPanic port = new PvPanic(() -> log.add("panicked"), () -> log.add("crash loaded"));
    assertEquals(3, port.read(0, 1));
    port.write(0, 1, 0xfc);
    assertEquals(List.of(), log);
    port.write(0, 1, 2);
    port.write(0, 1, 1);
    assertEquals(List.of("crash loaded", "panicked"), log);
  }

  @Test
  void randomAccessesDoNoHarm() {
    BusFuzz.ports(new IsaDebugExit(status -> {}), 4, 4).run(10_000);
    BusFuzz.ports(new DebugCon(value -> {}), 1, 1).run(10_000);
    BusFuzz.ports(new PvPanic(() -> {}, () -> {}), 1, 1).run(10_000);
  }
}

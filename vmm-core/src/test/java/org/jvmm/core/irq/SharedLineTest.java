package org.jvmm.core.irq;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SharedLineTest {
  private final List<Boolean> wire = new ArrayList<>();
  private final SharedLine shared = new SharedLine(wire::add);

  @Test
  void theWireIsHighWhileAnySourceIs() {
    IrqLine a = shared.source();
    IrqLine b = shared.source();
    a.set(true);
    b.set(true);
    a.set(false);
    assertEquals(List.of(true), wire);
    b.set(false);
    assertEquals(List.of(true, false), wire);
  }

  @Test
  void settingALevelTwiceCountsOnce() {
    IrqLine a = shared.source();
    a.set(true);
    a.set(true);
    a.set(false);
    assertEquals(List.of(true, false), wire);
  }
}

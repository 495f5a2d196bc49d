package org.jvmm.core.run;

import java.util.function.IntConsumer;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;

/**
 * Where exits are dispatched to.
 *
 * @param endOfInterrupt hears the vector of {@link org.jvmm.core.accel.ExitReason#IOAPIC_EOI}: the
 *     userspace IOAPIC
 */
public record Buses(PortBus ports, MmioBus mmio, IntConsumer endOfInterrupt) {
  /** Empty buses, no userspace IOAPIC. */
  public Buses() {
    this(new PortBus(), new MmioBus(), vector -> {});
  }
}

package org.jvmm.pc;

import java.util.List;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.run.Buses;
import org.jvmm.core.run.Machine;
import org.jvmm.core.time.VmClock;
import org.jvmm.devices.uart.Uart16550;

/**
 * The motherboard: each chip with its port, its line and its host end, a row each. Nothing else
 * knows any of these.
 */
final class PcBoard {
  private static final int[] COM_PORTS = {IsaPort.COM1, IsaPort.COM2, IsaPort.COM3, IsaPort.COM4};
  private static final int[] COM_IRQS = {IsaIrq.COM1, IsaIrq.COM2, IsaIrq.COM1, IsaIrq.COM2};

  private final PanicWatch panic = new PanicWatch();
  private final long rsdp;

  PcBoard(
      PcConfig config,
      HostEnds ends,
      Machine machine,
      VirtualMachine vm,
      Buses buses,
      VmClock clock,
      GuestMemory memory) {
    wireSerials(ends.serials(), buses, vm, clock);
    rsdp = 0;
  }

  private void wireSerials(
      List<CharBackend> backends, Buses buses, VirtualMachine vm, VmClock clock) {
    for (int i = 0; i < Math.min(backends.size(), COM_PORTS.length); i++) {
      if (backends.get(i) != null) {
        SerialPort port = new SerialPort(backends.get(i), panic, vm.irqLine(COM_IRQS[i]), clock);
        buses.ports().attach("com" + (i + 1), COM_PORTS[i], Uart16550.PORTS, 1, port.uart());
      }
    }
  }

  /** Address of the ACPI root pointer. */
  long rsdp() {
    return rsdp;
  }

  /** Whether the kernel's panic message went over a serial line. */
  boolean sawPanic() {
    return panic.seen();
  }
}

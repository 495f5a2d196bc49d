package org.jvmm.pc;

import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.backend.CharFrontend;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.time.VmClock;
import org.jvmm.devices.uart.SerialPeer;
import org.jvmm.devices.uart.Uart16550;

/** Joins a UART to the host's end of its line. */
final class SerialPort implements SerialPeer, CharFrontend {
  private final CharBackend backend;
  private final PanicWatch panic;
  private final Uart16550 uart;

  SerialPort(CharBackend backend, PanicWatch panic, IrqLine irq, VmClock clock) {
    this.backend = backend;
    this.panic = panic;
    this.uart = new Uart16550(this, irq, clock, Uart16550.Pacing.INSTANT);
    backend.connect(this);
  }

  Uart16550 uart() {
    return uart;
  }

  @Override
  public boolean accept(int character) {
    boolean taken = backend.offer(character);
    if (taken) {
      panic.see(character);
    }
    return taken;
  }

  @Override
  public void receiverReady() {
    backend.receiverReady();
  }

  @Override
  public int receive(byte[] bytes, int offset, int count) {
    return uart.receive(bytes, offset, count);
  }

  @Override
  public void receiveBreak() {
    uart.receiveBreak();
  }

  @Override
  public void writable() {
    uart.transmitterReady();
  }
}

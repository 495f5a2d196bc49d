package org.jvmm.devices.net;

import org.jvmm.core.backend.MacAddress;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciConfig.Status;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.pci.PciSpec;

/** An NE2000 card in a PCI slot: the RTL8029AS, which QEMU calls ne2k_pci. */
public final class Ne2kPci implements PortDevice, Resettable, Snapshotable<Ne2kPci.State> {
  /** Ports of its window: the NIC's registers, the data port, the reset port. */
  static final int PORTS = 32, DATA = 0x10, RESET = 0x18;

  private static final int VENDOR = 0x10EC, DEVICE = 0x8029, CLASS = 0x02_0000;
  private static final int VERSION = 1;

  private final PacketMemory memory;
  private final PciFunction pci;
  private final Dp8390 nic;

  /**
   * The volatile state.
   *
   * @param memory the packet RAM in base 64
   */
  public record State(int version, PciFunction.State pci, Dp8390.State nic, String memory) {}

  /** A card in a slot of a bus. */
  public Ne2kPci(PciBus bus, int slot, MacAddress mac, NicPeer peer) {
    memory = new PacketMemory(mac);
    pci =
        bus.add(
            slot,
            0,
            new PciSpec("ne2k_pci", VENDOR, DEVICE)
                .classCode(CLASS)
                .status(Status.MEDIUM_DEVSEL)
                .ioBar(0, PORTS, 4, this)
                .interruptPin(1)
                .onReset(this::powerOn));
    nic = new Dp8390(memory, pci.intx(), peer);
  }

  @Override
  public void reset() {
    pci.reset();
  }

  private synchronized void powerOn() {
    memory.clear();
    nic.powerOn();
  }

  // The guest's side

  /** Registers are bytes: of a wider access each byte is one. */
  @Override
  public int read(int offset, int size) {
    if (offset >= RESET) {
      nic.hardwareReset();
      return 0;
    }
    if (offset >= DATA) {
      return nic.readRemote(size);
    }
    int value = 0;
    for (int i = 0; i < size; i++) {
      value |= (offset + i < DATA ? nic.read(offset + i) : 0xFF) << 8 * i;
    }
    return value;
  }

  @Override
  public void write(int offset, int size, int value) {
    if (offset >= DATA && offset < RESET) {
      nic.writeRemote(size, value);
    }
    for (int i = 0; i < size && offset + i < DATA; i++) {
      nic.write(offset + i, value >> 8 * i & 0xFF);
    }
  }

  // The cable's side

  /**
   * Offers a frame from the cable. Any thread.
   *
   * @return false if it has to wait until the guest has made room, for {@link
   *     NicPeer#receiverReady}; a frame that the card does not listen to is taken
   */
  public synchronized boolean receive(byte[] frame, int offset, int length) {
    boolean comes = nic.wants(length);
    if (comes) {
      nic.receive(frame, offset, length);
    }
    return comes;
  }

  /** The peer has room again after {@link NicPeer#transmit} refused a frame. Any thread. */
  public synchronized void transmitterReady() {
    nic.transmitterReady();
  }

  /** Whether a carrier is on the cable; there is one at first. Any thread. */
  public synchronized void carrier(boolean present) {
    nic.carrier(present);
  }

  // Snapshot

  @Override
  public synchronized State save() {
    return new State(VERSION, pci.save(), nic.save(), memory.save());
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("ne2k_pci");
    check.version(VERSION, state.version);
    nic.check(check, state.nic);
    byte[] ram = PacketMemory.decode(check, state.memory);
    pci.restore(state.pci);
    memory.restore(ram);
    nic.restore(state.nic);
  }
}

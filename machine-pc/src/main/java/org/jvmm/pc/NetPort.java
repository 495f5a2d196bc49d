package org.jvmm.pc;

import org.jvmm.core.backend.NetBackend;
import org.jvmm.core.backend.NetFrontend;
import org.jvmm.core.device.Resettable;
import org.jvmm.devices.net.Ne2kPci;
import org.jvmm.devices.net.NicPeer;
import org.jvmm.devices.pci.PciBus;

/** Joins a network card to the host end of its cable. */
final class NetPort implements NicPeer, NetFrontend, Resettable {
  private final NetBackend cable;
  private final Ne2kPci card;

  NetPort(NetCard end, PciBus bus) {
    cable = end.cable();
    card = new Ne2kPci(bus, bus.freeSlot(), end.mac(), this);
    cable.connect(this);
    linkChanged();
  }

  @Override
  public void reset() {
    card.reset();
  }

  /** Unplugs the card. */
  void powerOff() {
    cable.disconnect();
  }

  @Override
  public boolean transmit(byte[] frame, int offset, int length) {
    return cable.offer(frame, offset, length);
  }

  @Override
  public void receiverReady() {
    cable.receiverReady();
  }

  @Override
  public boolean receive(byte[] frame, int offset, int length) {
    return card.receive(frame, offset, length);
  }

  @Override
  public void writable() {
    card.transmitterReady();
  }

  @Override
  public void linkChanged() {
    card.carrier(cable.linkUp());
  }
}

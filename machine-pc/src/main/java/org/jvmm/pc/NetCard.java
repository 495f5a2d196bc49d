package org.jvmm.pc;

import org.jvmm.core.backend.MacAddress;
import org.jvmm.core.backend.NetBackend;

/**
 * A network card, at the host's side: an NE2000 on PCI.
 *
 * @param mac its address
 * @param cable the host end of its cable, for this card alone
 */
public record NetCard(MacAddress mac, NetBackend cable) {}

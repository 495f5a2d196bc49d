package org.jvmm.core.stats;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One VM exit and its handling in the VMM; off unless a recording asks for it. */
@Name("jvmm.VmExit")
@Label("VM Exit")
@Category("jvmm")
@Description("From a vCPU's exit to the moment before it is entered again")
@Enabled(false)
@StackTrace(false)
final class VmExitEvent extends Event {
  @Label("vCPU")
  int vcpu;

  @Label("Reason")
  String reason;

  @Label("Address")
  @Description("Port of a PIO exit, guest-physical address of an MMIO exit")
  long address;

  @Label("Size")
  @Description("Bytes of one item")
  int size;

  @Label("Count")
  int count;

  @Label("Device")
  String device;
}

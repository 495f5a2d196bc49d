/**
 * What tests of devices stand on: wires that remember, a clock driven by hand, a sink that can be
 * full, and the checks that every device passes (random accesses, save and restore).
 */
package org.jvmm.testkit;

/** Measurements: JMH benchmarks, and mains that print tables with the host's facts. */
package org.jvmm.bench;

using Keylime.FleetSimulator.Measurements;

namespace Keylime.FleetSimulator.Quotes;

/// <summary>A quote with the part of the IMA list that goes with it: both of one moment.</summary>
/// <param name="Attest">TPMS_ATTEST.</param>
/// <param name="Signature">TPMT_SIGNATURE.</param>
/// <param name="Pcrs">The PCR values in tpm2-tools' form.</param>
/// <param name="List">The list that PCR 10 stands for.</param>
/// <param name="FirstEntry">First entry to send.</param>
/// <param name="EndEntry">Number after the last entry to send.</param>
/// <param name="TamperedEntry">An entry that is to be shown with another content.</param>
internal readonly record struct Quote(
    byte[] Attest, byte[] Signature, byte[] Pcrs, MeasurementList List, long FirstEntry, long EndEntry, long? TamperedEntry);

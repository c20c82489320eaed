using System.Text;
using Keylime.FleetSimulator.Listening;
using Keylime.FleetSimulator.Machines;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.FleetSimulator.Quotes;

/// <summary>Writes a quote as JSON (see <see cref="Protocol.V2.QuoteResponse"/>). By hand: the texts that make it long, IMA lines and the payload key, are kept
/// escaped, and a serializer would go through every one of them again with each quote.</summary>
internal static class QuoteAnswer
{
    /// <summary>PCR 0 holds the firmware: who asks for it wants the firmware's log too.</summary>
    private const uint FirmwareMask = 1;

    public static AnswerBuffer Write(SimulatedMachine machine, QuoteParameters parameters, Quote quote, ApiVersion version)
    {
        var answer = AnswerBuffer.Take();
        // The letter stands for TPM 2.0.
        answer.Write("""{"code":200,"status":"Success","results":{"quote":"r"""u8);
        answer.WriteBase64(quote.Attest);
        answer.Write(":"u8);
        answer.WriteBase64(quote.Signature);
        answer.Write(":"u8);
        answer.WriteBase64(quote.Pcrs);
        answer.Write("\",\"hash_alg\":\"sha256\",\"enc_alg\":\""u8);
        answer.Write(Encoding.ASCII.GetBytes(AgentAnswers.EncryptionName(machine.Keys, version)));
        answer.Write("\",\"sign_alg\":\""u8);
        answer.Write(Encoding.ASCII.GetBytes(machine.Keys.SigningAlgorithm));
        if (parameters.WithKey)
        {
            answer.Write("\",\"pubkey\":\""u8);
            answer.Write(machine.PayloadKey.JsonText);
        }
        answer.Write("\""u8);
        if (parameters.FirstImaEntry is not null) WriteLogs(answer, machine, parameters, quote);
        answer.Write("}}"u8);
        return answer;
    }

    private static void WriteLogs(AnswerBuffer answer, SimulatedMachine machine, QuoteParameters parameters, Quote quote)
    {
        answer.Write(",\"ima_measurement_list\":\""u8);
        quote.List.Write(answer, quote.FirstEntry, quote.EndEntry, quote.TamperedEntry);
        answer.Write("\",\"ima_measurement_list_entry\":"u8);
        answer.WriteNumber(quote.FirstEntry);
        if (machine.Profile.Boot.Log is not { } log || (parameters.Mask & FirmwareMask) == 0) return;
        answer.Write(",\"mb_measurement_list\":\""u8);
        answer.WriteBase64(log);
        answer.Write("\""u8);
    }
}

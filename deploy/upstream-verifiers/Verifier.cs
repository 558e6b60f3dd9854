// Needs Microsoft.IdentityModel.JsonWebTokens.
using System.Security;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

/// <summary>set: the gateway's JWK set as text; fetch it anew every few minutes.</summary>
public sealed class Verifier(string set, string issuer, string audience)
{
    private readonly TokenValidationParameters rules = new()
    {
        IssuerSigningKeys = new JsonWebKeySet(set).GetSigningKeys(),
        ValidIssuer = issuer,
        ValidAudience = audience,
        ValidTypes = ["txntoken+jwt"],
        ValidAlgorithms = ["ES256", "ES384", "PS256", "PS512"],
        ClockSkew = TimeSpan.FromSeconds(5),
    };

    /// <summary>The claims of a Txn-Token; throws where it is none, or none for this request.</summary>
    public async Task<IDictionary<string, object>> Verify(string token, string method, string path)
    {
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, rules);
        if (!result.IsValid) throw new SecurityException("no valid transaction token", result.Exception);
        var context = JsonSerializer.SerializeToElement(result.Claims["tctx"]);
        if (context.GetProperty("method").GetString() != method || context.GetProperty("path").GetString() != path)
            throw new SecurityException("for another request");
        return result.Claims;
    }
}
